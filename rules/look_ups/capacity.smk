# What the rules of ../capacity.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def manifold_sets(run):
    """Sets of manifolds that experiments, and networks of several widths, take of a run."""
    geometry = config["geometry"]
    return [
        one["manifolds"]
        for one in (
            *geometry["experiments"].values(),
            *geometry["double_descent"].values(),
        )
        if "manifolds" in one and run in one["runs"]
    ]


def capacities_of(one):
    """Capacities of each run of an experiment, or of networks of several widths, where it asks for them."""
    if "manifolds" not in one:
        return []
    path = result(f"geometry/{one['manifolds']}/{{run}}/capacities.parquet")
    return expand(path, run=one["runs"])


def experiment_capacities(wildcards):
    return capacities_of(experiment_of(wildcards))


def noise_of(wildcards):
    return config["geometry"]["label_noise"][wildcards.noise]


def noise_title(wildcards):
    return noise_of(wildcards)["title"]


def of_noise(path):
    """A file of each run of the experiments that differ in their share of random labels."""

    def of_runs(wildcards):
        experiments = config["geometry"]["experiments"]
        return [
            result(path.format(run=run, set=experiments[name]["manifolds"]))
            for name in noise_of(wildcards)["experiments"]
            for run in experiments[name]["runs"]
        ]

    return of_runs


def noise_fractions(wildcards):
    """Share of random labels of each run."""
    experiments = config["geometry"]["experiments"]
    return {
        run: config["labels"][config["runs"][run]["labels"]]["fraction"]
        for name in noise_of(wildcards)["experiments"]
        for run in experiments[name]["runs"]
    }


def noise_seeds(wildcards):
    """Seed of each run."""
    return {run: config["runs"][run]["seed"] for run in noise_fractions(wildcards)}
