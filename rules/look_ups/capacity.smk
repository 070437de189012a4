# What the rules of ../capacity.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def manifold_sets(run):
    """Sets of manifolds that experiments take of a run."""
    experiments = config["geometry"]["experiments"].values()
    return [
        one["manifolds"]
        for one in experiments
        if "manifolds" in one and run in one["runs"]
    ]
