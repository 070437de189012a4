# What the rules of ../training.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def run_of(wildcards):
    return config["runs"][wildcards.run]


def run_architecture(wildcards):
    return config["architectures"][run_of(wildcards)["architecture"]]


def run_code(script):
    """Code of a script that builds a run's network: other architectures' modules do not matter to it."""

    def of_run(wildcards):
        return code_with(script, f"rote.models.{run_architecture(wildcards)['name']}")

    return of_run


def run_spec(wildcards):
    """What a run's training depends on, names resolved."""
    run = run_of(wildcards)
    shared = {"seed_name": run["seed_name"]} if "seed_name" in run else {}
    return {
        "architecture": run_architecture(wildcards),
        "recipe": run_recipe(wildcards),
        "seed": run["seed"],
        "subset": run.get("subset"),
        "starting_weights": run_starting_weights(wildcards) or None,
        **shared,
    }


def run_images(split):
    """Images of a run's data set."""

    def of_run(wildcards):
        return result(f"data/{run_of(wildcards)['dataset']}/{split}.parquet")

    return of_run


def run_labels(wildcards):
    run = run_of(wildcards)
    return result(
        f"labels/{run['dataset']}/{run['labels']}/seed_{run['label_seed']}.parquet"
    )


def run_recipe(wildcards):
    return config["recipes"][run_of(wildcards)["recipe"]]


def run_title(wildcards):
    return run_of(wildcards)["title"]


def run_starting_weights(wildcards):
    """Pre-trained weights that a run begins with, if it does."""
    name = run_of(wildcards).get("starting_weights")
    return result(f"weights/{name}.safetensors") if name else []


def weights_of(wildcards):
    return config["weights"][wildcards.weights]


def weights_architecture(wildcards):
    return config["architectures"][weights_of(wildcards)["architecture"]]


def weights_code(script):
    """Code of a script that fetches weights: other architectures' modules do not matter to it."""

    def of_weights(wildcards):
        return code_with(
            script, f"rote.models.{weights_architecture(wildcards)['name']}"
        )

    return of_weights


def weights_identifier(wildcards):
    return weights_of(wildcards)["hub_identifier"]


def weights_copy(wildcards):
    return weights_of(wildcards).get("copy")
