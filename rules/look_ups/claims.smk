# What the rules of ../claims.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


JUDGED = ("experiments", "label_noise", "double_descent")


def analysis_of_experiment(analysis):
    """Tables of an analysis of each run of an experiment, where it asks for it."""

    def of_runs(wildcards):
        experiment = experiment_of(wildcards)
        if not experiment.get(analysis):
            return []
        return expand(result(f"{analysis}/{{run}}.parquet"), run=experiment["runs"])

    return of_runs


def judged_title(wildcards):
    return config["geometry"][wildcards.judged][wildcards.name]["title"]


def judged_figures():
    """Figures of all claims."""
    return [
        result(f"figures/claims/geometry/{judged}/{name}.png")
        for judged in JUDGED
        for name in config["geometry"][judged]
    ]


def experiment_neighbours(wildcards):
    """Labels of neighbours of each run of an experiment, where it asks for them."""
    experiment = experiment_of(wildcards)
    if not experiment["embeddings"]:
        return []
    return expand(result("embeddings/neighbours/{run}.parquet"), run=experiment["runs"])
