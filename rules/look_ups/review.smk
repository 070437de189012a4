# What the rules of ../review.smk look up in the workflow itself.
from snakemake.io import regex_from_filepattern, strip_wildcard_constraints


def makers_of_tables(wildcards):
    """What may be believed of a table's maker whatever the table says: its rule, script, and whether it asks for a GPU."""
    return {
        maker.name: {
            "script": Path(maker.script).stem,
            "tables": [
                regex_from_filepattern(str(path))
                for path in maker.output
                if str(path).endswith(".parquet")
            ],
            "benchmark": strip_wildcard_constraints(str(maker.benchmark or "")),
            "gpu": "gpu" in maker.resources,
        }
        for maker in workflow.rules
        if maker.script
    }
