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


def experiments_with(analysis):
    """Experiments that ask for an analysis of their runs."""
    experiments = config["geometry"]["experiments"]
    return [name for name, one in experiments.items() if one.get(analysis)]


def analyses_of(run):
    """Analyses of the course of a run's training that experiments ask for."""
    experiments = config["geometry"]["experiments"].values()
    return [
        analysis
        for analysis in ("gradients", "rewinding", "embeddings", "simulation")
        if any(one[analysis] and run in one["runs"] for one in experiments)
    ]


def how_analysed(analysis):
    """How an analysis of a run is made, and what of the training set the run saw."""

    def of_run(wildcards):
        return {
            **config["geometry"][analysis],
            "subset": run_of(wildcards).get("subset"),
        }

    return of_run


def sets_of_spheres():
    """Data sets of spheres that experiments are on."""
    experiments = config["geometry"]["experiments"].values()
    names = [
        config["runs"][run]["dataset"] for one in experiments for run in one["runs"]
    ]
    return [name for name in dict.fromkeys(names) if is_set_of_spheres(name)]


def is_set_of_spheres(name):
    return config["datasets"][name].get("kind", name) == "spheres"


def is_of_spheres(wildcards):
    """Whether an experiment is on spheres, of which the paper claims more."""
    first = experiment_of(wildcards)["runs"][0]
    return is_set_of_spheres(config["runs"][first]["dataset"])


def spheres_title(wildcards):
    return wildcards.spheres
