# What the rules of ../masc.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def latent_experiment_of(wildcards):
    return config["masc"]["experiments"][wildcards.latent]


def latent_runs():
    """Runs of all experiments, each once."""
    experiments = config["masc"]["experiments"].values()
    return list(dict.fromkeys(run for one in experiments for run in one["runs"]))


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


def latent_taps(wildcards):
    """Where representations of a run are taken."""
    masc = config["masc"]
    own = [
        one.get("taps")
        for one in masc["experiments"].values()
        if wildcards.run in one["runs"]
    ]
    return own[0] or masc["taps"]


def how_subspaces(wildcards):
    """How class subspaces of a run are measured, and what of the training set the run saw."""
    masc = config["masc"]
    keys = (
        "components",
        "epochs",
        "labellings",
        "folds",
        "baselines",
        "shrinkage",
    )
    return {key: masc[key] for key in keys} | {
        "taps": latent_taps(wildcards),
        "subset": run_of(wildcards).get("subset"),
    }


def latent_figures():
    return expand(
        result("figures/masc/{latent}/accuracies.png"),
        latent=config["masc"]["experiments"],
    )


def relabellings():
    """Labels by which networks are trained further: by subspaces of each labelling, and their own as control."""
    return [*config["masc"]["labellings"], "own"]


def how_relabelled(wildcards):
    masc = config["masc"]
    return {
        "labelling": wildcards.retrained,
        "components": masc["components"][0],
        "labels": masc["retraining"]["labels"],
        "subset": run_of(wildcards).get("subset"),
    }


def retraining_labels(wildcards):
    if wildcards.retrained == "own":
        return run_labels(wildcards)
    return result(f"masc/{wildcards.run}/relabelled/{wildcards.retrained}.parquet")


def retraining_spec(wildcards):
    """A run's training again, but for its length: every epoch is kept until it is scored, and nothing stops it."""
    left_out = ("stop", "keep_best")
    own = {
        key: value
        for key, value in run_recipe(wildcards).items()
        if key not in left_out
    }
    epochs = config["masc"]["retraining"]["epochs"]
    grids = {"evaluation": {"every": epochs}, "checkpoints": {"every": 1}}
    return {
        "architecture": run_architecture(wildcards),
        "recipe": own | {"epochs": epochs} | grids,
        "seed": run_of(wildcards)["seed"],
        "subset": run_of(wildcards).get("subset"),
    }


def retrained_of_experiment(table, names):
    """A table of each run of an experiment, for each way of training it further."""

    def of_runs(wildcards):
        runs = latent_experiment_of(wildcards)["runs"]
        path = result(f"masc/{{run}}/{table}/{{retrained}}.parquet")
        return expand(path, run=runs, retrained=names)

    return of_runs


def retraining_figures():
    experiments = config["masc"]["experiments"]
    asked = [name for name, one in experiments.items() if one["retraining"]]
    return expand(result("figures/masc/{latent}/retraining.png"), latent=asked)


def retrained_where_asked(wildcards):
    """What became of each run of an experiment that was trained further, where the experiment asks for it."""
    asked = latent_experiment_of(wildcards)["retraining"]
    return retrained_of_experiment("retrained", relabellings() if asked else [])(
        wildcards
    )


def latent_claims():
    return expand(
        result("figures/claims/masc/{latent}.png"), latent=config["masc"]["experiments"]
    )
