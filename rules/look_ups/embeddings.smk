# What the rules of ../embeddings.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def embedded_manifolds(wildcards):
    """Images that are laid out: those of the manifolds of the first experiment that asks for it."""
    experiments = config["geometry"]["experiments"].values()
    names = [
        one["manifolds"]
        for one in experiments
        if one["embeddings"] and wildcards.run in one["runs"]
    ]
    return result(f"manifolds/{names[0]}/{{run}}.parquet")


def first_run(path):
    """A file of the first run of an experiment."""

    def of_experiment(wildcards):
        return result(path.format(run=experiment_of(wildcards)["runs"][0]))

    return of_experiment


def how_embedded(wildcards):
    """How a run's images are laid out, which those of the runs that are drawn are alone."""
    experiments = config["geometry"]["experiments"].values()
    drawn = [one["runs"][0] for one in experiments if one["embeddings"]]
    return {**config["geometry"]["embeddings"], "is_laid_out": wildcards.run in drawn}
