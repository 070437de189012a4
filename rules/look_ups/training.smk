# What the rules of ../training.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def run_of(wildcards):
    return config["runs"][wildcards.run]


def run_architecture(wildcards):
    return config["architectures"][run_of(wildcards)["architecture"]]


def runs_in_stacks():
    return [run for run, entry in config["runs"].items() if "stack" in entry]


def runs_alone():
    return [run for run, entry in config["runs"].items() if "stack" not in entry]


def run_stacks():
    """Names of stacks of runs, each once."""
    return list(dict.fromkeys(config["runs"][run]["stack"] for run in runs_in_stacks()))


def of_run_stack(table):
    """A table of the stack that a run is trained in."""

    def of_run(wildcards):
        return result(f"stacks/{run_of(wildcards)['stack']}/{table}.parquet")

    return of_run


def stack_runs(wildcards):
    """Runs of a stack, in the order of the configuration."""
    wanted = wildcards.run_stack
    return [run for run in runs_in_stacks() if config["runs"][run]["stack"] == wanted]


def stack_members(wildcards):
    """Wildcards of each run of a stack, for the look-ups of runs."""
    return [SimpleNamespace(run=run) for run in stack_runs(wildcards)]


def stack_code(wildcards):
    return run_code("train_stack")(stack_members(wildcards)[0])


def stack_specs(wildcards):
    return [run_spec(member) for member in stack_members(wildcards)]


def stack_images(split):
    """Images of a stack's data set."""

    def of_stack_runs(wildcards):
        return run_images(split)(stack_members(wildcards)[0])

    return of_stack_runs


def stack_labels(wildcards):
    """Labels of each run of a stack."""
    return [run_labels(member) for member in stack_members(wildcards)]


def stack_starting_weights(wildcards):
    return list(filter(None, map(run_starting_weights, stack_members(wildcards))))


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
