# What the rules of ../simulation.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def simulated_set(run):
    """Set of manifolds whose capacity is simulated of a run: all experiments that ask for it name the same."""
    experiments = config["geometry"]["experiments"].values()
    return next(
        one["manifolds"]
        for one in experiments
        if one["simulation"] and run in one["runs"]
    )


def simulated_manifolds(wildcards):
    return result(f"manifolds/{simulated_set(wildcards.run)}/{{run}}.parquet")


def how_simulated(wildcards):
    """How capacity is simulated, and at which taps: those of the set of manifolds."""
    taps = config["representations"][simulated_set(wildcards.run)]["taps"]
    return {**config["geometry"]["simulation"], "taps": taps}


def first_of_capacities(wildcards):
    """Capacities of the first run of an experiment."""
    return experiment_capacities(wildcards)[0]


def first_images(wildcards):
    """Training images of the first run of an experiment."""
    return run_images("train")(SimpleNamespace(run=experiment_of(wildcards)["runs"][0]))


def first_labels(wildcards):
    return run_labels(SimpleNamespace(run=experiment_of(wildcards)["runs"][0]))
