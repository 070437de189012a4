# What the rules of ../capacity.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def manifold_sets(run):
    """Sets of manifolds that experiments take of a run."""
    experiments = config["geometry"]["experiments"].values()
    return [
        one["manifolds"]
        for one in experiments
        if "manifolds" in one and run in one["runs"]
    ]


def experiment_capacities(wildcards):
    """Capacities of each run of an experiment, where it asks for them."""
    experiment = experiment_of(wildcards)
    if "manifolds" not in experiment:
        return []
    path = result(f"geometry/{experiment['manifolds']}/{{run}}/capacities.parquet")
    return expand(path, run=experiment["runs"])
