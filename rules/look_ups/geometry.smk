# What the rules of ../geometry.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def experiment_of(wildcards):
    return config["geometry"]["experiments"][wildcards.experiment]


def of_experiment(path):
    """One file of each run of an experiment."""

    def of_runs(wildcards):
        return expand(result(path), run=experiment_of(wildcards)["runs"])

    return of_runs


def experiment_title(wildcards):
    return experiment_of(wildcards)["title"]
