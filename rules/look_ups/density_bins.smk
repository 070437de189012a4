# What the rules of ../density_bins.smk look up in the configuration: Snakemake's lint wants functions apart from rules.


def scored_runs():
    return list(config["class_fitting"]["scores"])


def run_scores(wildcards):
    """Memorization scores of a run's examples, estimated or published."""
    name = config["class_fitting"]["scores"][wildcards.run]
    return result(f"memorization/{name}/scores.parquet")


def bin_protocols():
    return config["class_fitting"]["density_bins"]["protocols"]


def bin_numbers():
    return range(config["class_fitting"]["density_bins"]["number"])


def binned_tap(wildcards):
    """The tap whose densities sort the examples into bins: the deepest at which classes are compared."""
    return compared_taps(wildcards.run)[-1]


def of_binned_tap(table):
    """A table of the density models that sort a run's examples into bins."""

    def of_run(wildcards):
        run, tap, protocol = wildcards.run, binned_tap(wildcards), wildcards.protocol
        return result(f"class_fitting/{run}/{tap}/{protocol}/{table}.parquet")

    return of_run


def of_bins(path):
    """A file of each density bin."""
    return expand(
        result(f"density_bins/{{run}}/{{protocol}}/{path}"),
        bin=bin_numbers(),
        allow_missing=True,
    )


def stack_size():
    return config["class_fitting"]["density_bins"]["stack_size"]


def bins_of_stack(wildcards):
    """Bins without which the networks of a stack are trained."""
    first = int(wildcards.stack) * stack_size()
    return list(range(first, first + stack_size()))


def of_stack(path):
    """A file of each bin of a stack."""

    def of_bins(wildcards):
        return expand(
            result(f"density_bins/{{run}}/{{protocol}}/{path}"),
            run=wildcards.run,
            protocol=wildcards.protocol,
            bin=bins_of_stack(wildcards),
        )

    return of_bins


def in_stack(path):
    """A file of each network of a stack, in the order of their bins."""
    return expand(
        result(f"density_bins/{{run}}/{{protocol}}/{path}"),
        place=range(stack_size()),
        allow_missing=True,
    )


def of_stacks(path):
    """A file of each network, in the order of the bins."""
    return expand(
        in_stack(path),
        stack=range(len(bin_numbers()) // stack_size()),
        allow_missing=True,
    )


def of_bin_protocols(table):
    """A table on the density bins of each protocol."""

    def of_run(wildcards):
        return expand(
            result("density_bins/{run}/{protocol}/{table}.parquet"),
            run=wildcards.run,
            protocol=bin_protocols(),
            table=table,
        )

    return of_run


def certification_options(wildcards):
    return config["class_fitting"]["density_bins"]["certification"]


def held_out_recipe(wildcards):
    """A run's recipe, evaluated and kept at its end alone; with the certificates' noise for a smoothed classifier."""
    recipe = run_recipe(wildcards)
    grid = {"every": max(recipe["epochs"], 1)}
    recipe = {**recipe, "evaluation": grid, "checkpoints": grid}
    recipe.pop("keep_best", None)  # which is either of the two that are kept
    if wildcards.training == "smoothed":
        certification = certification_options(wildcards)
        noise = {
            "standard_deviation": certification["standard_deviation"],
            "units": certification["noise_units"],
        }
        recipe["input_noise"] = noise
    return recipe


def held_out_spec(wildcards):
    """What a network without a density bin trains on but for its subset, names resolved."""
    spec = run_spec(wildcards)
    for own in (
        "seed_name",
        "subset",
    ):  # each has draws of its own, and sees all but its bin
        spec.pop(own, None)
    return {**spec, "recipe": held_out_recipe(wildcards)}
