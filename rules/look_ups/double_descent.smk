# What the rules of ../double_descent.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def widths_of(wildcards):
    return config["geometry"]["double_descent"][wildcards.widths]


def of_widths(path):
    """One file of each run of networks of several widths."""

    def of_runs(wildcards):
        return expand(result(path), run=widths_of(wildcards)["runs"])

    return of_runs


def widths_capacities(wildcards):
    return capacities_of(widths_of(wildcards))


def widths_seeds(wildcards):
    """Seed of each run."""
    return [config["runs"][run]["seed"] for run in widths_of(wildcards)["runs"]]


def widths_title(wildcards):
    return widths_of(wildcards)["title"]
