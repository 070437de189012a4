# What all rules share: configuration, paths of results, code fingerprints, resources by attempt, look-ups.
import os
import re
import sys
from functools import cache
from pathlib import Path

from jinja2.defaults import DEFAULT_FILTERS
from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)

# Jobs find the library beside the Snakefile, in whichever environment they run.
sys.path.insert(0, str(ROOT / "src"))
os.environ.update(
    PYTHONPATH=os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
)

from rote.code import fingerprint
from rote.config.files import load, places
from rote.config.outside import check_files, expanded
from rote.config.validation import completed, resolved
from rote.contents import remembered_digest
from rote.errors import ConfigError, RoteError

AS_THEY_LIE = {"verify", "collect_timings"}  # targets that take results as they lie


def check_machine():
    """Stop where no job could start or leave its results, and say what to do."""
    if re.search(r"""[\s"'\\$`&;|<>(){}*?\[\]!#]""", sys.executable):
        raise WorkflowError(
            f"Python lies at {sys.executable}: Snakemake starts no job by a path with a space or a sign of the shell's. "
            "Move the environment to a path of letters, digits, -, _ and dots."
        )
    if not os.access(".", os.W_OK):
        raise WorkflowError(
            f"{Path.cwd()} cannot be written to, and results would lie there: name a folder that can, with --directory."
        )


check_machine()


def use_config(given):
    """Check the configuration, the embedded demo's where none is given, before any rule looks at it."""
    try:
        files = workflow.configfiles if workflow.is_main_process else ()
        lines = {key: place for file in files for key, place in places(file).items()}
        whole = completed(given, default=load(ROOT / "config/demo.yaml"))
        whole = expanded(resolved(whole, lines))
        # A job on a node reads the configuration again, and the reviewer has results without what they were made from.
        if workflow.is_main_process and AS_THEY_LIE.isdisjoint(sys.argv):
            check_files(whole, planned=workflow.output_settings.dryrun)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    given.clear()
    given.update(whole)


use_config(config)


def result(path):
    """Path of a result; its wildcards stay open."""
    return f"results/{config['name']}/{path}"


def log_of(path):
    return result(f"logs/{path}.log")


def benchmark_of(path):
    return result(f"benchmarks/{path}.tsv")


def one_of(names):
    """Wildcard constraint: one of these names; none matches where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def as_written(text):
    """Text of the configuration in a caption: without its backslashes, a mark of punctuation would be markup."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(text.split()))


# Captions are templates, and this is a filter of theirs.
DEFAULT_FILTERS["as_written"] = as_written


def code_with(script, *modules):
    """Fingerprint of a script in workflow/scripts and of every module of rote that it uses."""
    return fingerprint(ROOT / "workflow/scripts" / f"{script}.py", *modules)


def code_of(script):
    """The same for a job, when it is planned: a start that plans one job reads the code of that one alone."""

    def of_job(wildcards):
        return code_with(script)

    return of_job


def memory(megabytes):
    """Memory request that doubles with every attempt."""

    def by_attempt(wildcards, attempt):
        return megabytes * 2 ** (attempt - 1)

    return by_attempt


def minutes(number):
    """Runtime request that doubles with every attempt; what resumes from a state asks for the same each time."""

    def by_attempt(wildcards, attempt):
        return number * 2 ** (attempt - 1)

    return by_attempt


# Data sets and labels


def dataset_module(name):
    """Data of one's own are read by the module of their kind, published ones by that of their name."""
    kind = config["datasets"][name].get("kind")
    return f"rote.data.kinds.{kind}" if kind else f"rote.data.datasets.{name}"


def dataset_code(script):
    """Code of a script that handles one data set: other data sets' modules do not matter to it."""

    def of_dataset(wildcards):
        return code_with(script, dataset_module(wildcards.dataset))

    return of_dataset


def dataset_options(wildcards):
    """Options of a data set; where it lies changes no result."""
    options = config["datasets"][wildcards.dataset]
    return {key: value for key, value in options.items() if key != "path"}


@cache
def digest_of(path):
    try:
        return remembered_digest(path, ".snakemake/contents")
    except RoteError as error:
        raise WorkflowError(str(error)) from None


def own_contents(wildcards):
    """Digest of what data of one's own hold; published ones are told by their checksums."""
    path = config["datasets"][wildcards.dataset].get("path")
    return path and digest_of(path)


def corruption(wildcards):
    return config["labels"][wildcards.labels]


def corruption_file(wildcards):
    """The file of labels that people gave, where the scheme reads one."""
    return config["labels"][wildcards.labels].get("file", [])


# Runs


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


# Training dynamics


def image_set(wildcards):
    """The fixed sets of test images on which representations are compared."""
    return config["training_dynamics"]["images"][wildcards.images]


def cka(*keys):
    """What a rule depends on of how similarity is estimated."""
    return {key: config["training_dynamics"]["cka"][key] for key in keys}


def run_cka_batches(wildcards):
    images = config["training_dynamics"]["runs"][wildcards.run]
    return result(
        f"training_dynamics/images/{run_of(wildcards)['dataset']}/{images}.parquet"
    )


def comparison_of(wildcards):
    return config["training_dynamics"]["comparisons"][wildcards.comparison]


def of_compared_runs(path):
    """One file of each run that a comparison draws."""

    def of_comparison(wildcards):
        return expand(result(path), run=comparison_of(wildcards)["runs"])

    return of_comparison


def compared_titles(wildcards):
    """Titles of the runs that a comparison draws, in its order."""
    return {
        run: config["runs"][run]["title"] for run in comparison_of(wildcards)["runs"]
    }


def comparison_title(wildcards):
    return comparison_of(wildcards)["title"]


# Class fitting


def class_taps(run):
    """Dimensions that the taps of a run keep, by tap, in order of depth."""
    name = config["class_fitting"]["runs"][run]
    return config["class_fitting"]["representations"][name]["taps"]


def compared_taps(run):
    """Taps of a run at which classes are compared with one another."""
    name = config["class_fitting"]["runs"][run]
    return config["class_fitting"]["representations"][name]["compared"]


def all_class_taps():
    """Every tap at which some run's classes are modelled."""
    return sorted(
        {tap for run in config["class_fitting"]["runs"] for tap in class_taps(run)}
    )


def run_taps(wildcards):
    return list(class_taps(wildcards.run))


def run_compared_taps(wildcards):
    return compared_taps(wildcards.run)


def tap_dimensions(wildcards):
    return class_taps(wildcards.run)[wildcards.tap]


def tap_name(wildcards):
    return wildcards.tap


def density_protocols():
    return list(config["class_fitting"]["protocols"])


def density_options(wildcards):
    """Options of a protocol's density models."""
    options = config["class_fitting"]["protocols"][wildcards.protocol]
    return {"protocol": wildcards.protocol, **options}


def discarded_sweeps(wildcards):
    return config["class_fitting"]["sampler"]["n_discarded"]


def of_models(table, taps):
    """A table of each protocol and tap of a run."""

    def of_run(wildcards):
        return [
            result(f"class_fitting/{wildcards.run}/{tap}/{protocol}/{table}.parquet")
            for protocol in density_protocols()
            for tap in taps(wildcards)
        ]

    return of_run


def run_variances(wildcards):
    return expand(
        result("representations/{run}/{tap}_variance.parquet"),
        run=wildcards.run,
        tap=run_taps(wildcards),
    )


def seed_comparison(wildcards):
    return config["class_fitting"]["comparisons"][wildcards.seeds]


def seed_runs(wildcards):
    return seed_comparison(wildcards)["runs"]


def seed_titles(wildcards):
    """Titles of the runs that differ in their seed, in their order."""
    return {run: config["runs"][run]["title"] for run in seed_runs(wildcards)}


def seed_title(wildcards):
    return seed_comparison(wildcards)["title"]


def seed_taps(wildcards):
    """Taps at which all runs of a comparison are modelled, those of the first one in order."""
    first, *others = seed_runs(wildcards)
    return [
        tap
        for tap in class_taps(first)
        if all(tap in class_taps(run) for run in others)
    ]


def of_seeds(table):
    """A table of every run of a comparison, protocol and tap."""

    def of_comparison(wildcards):
        return [
            result(f"class_fitting/{run}/{tap}/{protocol}/{table}.parquet")
            for run in seed_runs(wildcards)
            for protocol in density_protocols()
            for tap in seed_taps(wildcards)
        ]

    return of_comparison


def density_threads():
    return config["class_fitting"]["processes"]


# Memorization


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


# Density bins, memorized and typical examples: runs whose examples have memorization scores


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
    if wildcards.training == "smoothed":
        certification = certification_options(wildcards)
        noise = {"sigma": certification["sigma"], "units": certification["noise_units"]}
        recipe["input_noise"] = noise
    return recipe


def held_out_spec(wildcards):
    """What a network without a density bin trains on, names resolved."""
    run, protocol = wildcards.run, wildcards.protocol
    spec = run_spec(wildcards)
    spec.pop("seed_name", None)  # each has draws of its own
    return {
        **spec,
        "recipe": held_out_recipe(wildcards),
        "subset": result(
            f"density_bins/{run}/{protocol}/bin_{wildcards.bin}/subset.parquet"
        ),
    }
