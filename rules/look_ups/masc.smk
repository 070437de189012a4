# What the rules of ../masc.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def latent_experiment_of(wildcards):
    return config["masc"]["experiments"][wildcards.latent]


def latent_runs():
    """Runs of all experiments, each once."""
    experiments = config["masc"]["experiments"].values()
    return list(dict.fromkeys(run for one in experiments for run in one["runs"]))


def retrained_runs():
    """Runs of the experiments that ask for retraining, each once."""
    experiments = config["masc"]["experiments"].values()
    asked = [one for one in experiments if one["retraining"]]
    return list(dict.fromkeys(run for one in asked for run in one["runs"]))


def of_latent_experiment(path):
    """One file of each run of an experiment."""

    def of_runs(wildcards):
        return expand(result(path), run=latent_experiment_of(wildcards)["runs"])

    return of_runs


def latent_title(wildcards):
    return latent_experiment_of(wildcards)["title"]


def run_test_parts(wildcards):
    return result(f"masc/test_parts/{run_of(wildcards)['dataset']}.parquet")


def reversed_labels(wildcards):
    """Labels that a run of true labels never saw, where an experiment asks for subspaces of them."""
    run = run_of(wildcards)
    for one in config["masc"]["experiments"].values():
        if "reversed" in one and wildcards.run in one["runs"]:
            name = one["reversed"]
            return result(
                f"labels/{run['dataset']}/{name}/seed_{run['label_seed']}.parquet"
            )
    return []


def how_subspaces(wildcards):
    """How class subspaces of a run are measured, and what of the training set the run saw."""
    masc = config["masc"]
    keys = (
        "components",
        "taps",
        "epochs",
        "labellings",
        "folds",
        "baselines",
        "shrinkage",
    )
    return {key: masc[key] for key in keys} | {
        "subset": run_of(wildcards).get("subset")
    }


def latent_figures():
    return expand(
        result("figures/masc/{latent}/accuracies.png"),
        latent=config["masc"]["experiments"],
    )
