# What the rules of ../dynamics.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def cka(*keys):
    """What a rule depends on of how similarity is estimated."""
    return {key: config["training_dynamics"]["cka"][key] for key in keys}


def run_gram_rows(wildcards):
    """The set of Gram rows by which a run's epochs are compared."""
    name = config["training_dynamics"]["runs"][wildcards.run]
    return result(f"representations/{name}/{wildcards.run}.parquet")


def comparison_of(wildcards):
    return config["training_dynamics"]["comparisons"][wildcards.comparison]


def of_compared_runs(path):
    """One file of each run that a comparison draws."""

    def of_comparison(wildcards):
        return expand(result(path), run=comparison_of(wildcards)["runs"])

    return of_comparison


def compared_titles(wildcards):
    """Titles of the runs that a comparison draws, in its order."""
    return {
        run: config["runs"][run]["title"] for run in comparison_of(wildcards)["runs"]
    }


def comparison_title(wildcards):
    return comparison_of(wildcards)["title"]
