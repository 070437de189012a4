# What the rules of ../memorization.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def trials_of(wildcards):
    return config["memorization"]["estimates"][wildcards.trials]


def trials_title(wildcards):
    return trials_of(wildcards)["title"]


def trials_images(split):
    """Images on which trials are trained and tested."""

    def of_trials(wildcards):
        return result(f"data/{trials_of(wildcards)['dataset']}/{split}.parquet")

    return of_trials


def trials_labels(wildcards):
    trials = trials_of(wildcards)
    return result(
        f"labels/{trials['dataset']}/{trials['labels']}/seed_{trials['label_seed']}.parquet"
    )


def trials_architecture(wildcards):
    return config["architectures"][trials_of(wildcards)["architecture"]]


def trials_code(wildcards):
    """Code of a shard of trials: other architectures' modules do not matter to it."""
    return code_with(
        "train_trials", f"rote.models.{trials_architecture(wildcards)['name']}"
    )


def trials_spec(wildcards):
    """What every trial trains, names resolved."""
    trials = trials_of(wildcards)
    return {
        "architecture": trials_architecture(wildcards),
        "recipe": config["recipes"][trials["recipe"]],
        "fraction": trials["fraction"],
        "stack_size": trials["stack_size"],
    }


def shard_trials(wildcards):
    """First trial of a shard, and the first of the next one; the last shard may have fewer."""
    trials = trials_of(wildcards)
    first = int(wildcards.shard) * trials["shard"]
    return [first, min(first + trials["shard"], trials["trials"])]


def all_shards(wildcards):
    """Every shard of trials."""
    trials = trials_of(wildcards)
    number = -(-trials["trials"] // trials["shard"])
    return expand(
        result("memorization/{trials}/trials_{shard}.parquet"),
        trials=wildcards.trials,
        shard=range(number),
    )


def published_of(wildcards):
    return config["memorization"]["published"][wildcards.published]


def published_images(wildcards):
    return result(f"data/{published_of(wildcards)['dataset']}/train.parquet")


def published_file(wildcards):
    return published_of(wildcards)["file"]


def published_field(wildcards):
    return published_of(wildcards).get("field")


def published_checksum(wildcards):
    return published_of(wildcards).get("checksum")


def estimates_with_references():
    """Estimates that are compared with published scores."""
    estimates = config["memorization"]["estimates"]
    return [name for name, trials in estimates.items() if trials["compared_with"]]


def references(wildcards):
    return trials_of(wildcards)["compared_with"]


def reference_scores(wildcards):
    return [
        result(f"memorization/{name}/scores.parquet") for name in references(wildcards)
    ]


def trials_fraction(wildcards):
    return trials_of(wildcards)["fraction"]


def trials_counts(wildcards):
    """Numbers of trials from which scores are taken to see them settle: halvings of all."""
    number, counts = trials_of(wildcards)["trials"], []
    while number >= 4:
        counts.append(number)
        number //= 2
    return counts[::-1]
