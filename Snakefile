# How deep networks memorize: the whole study. `snakemake --configfile config/config.yaml -n` shows its plan.
from snakemake.utils import min_version

min_version("9.27")


include: "rules/progress.smk"
include: "rules/common.smk"
include: "rules/scheduling.smk"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    dataset=one_of(config["datasets"]),
    labels=one_of(config["labels"]),
    label_seed=r"\d+",
    run=one_of(config["runs"]),
    images=one_of(config["training_dynamics"]["images"]),
    comparison=one_of(config["training_dynamics"]["comparisons"]),
    weights=one_of(config["weights"]),
    tap=one_of(all_class_taps()),
    seeds=one_of(config["class_fitting"]["comparisons"]),
    trials=one_of(config["memorization"]["estimates"]),
    published=one_of(config["memorization"]["published"]),
    shard=r"\d+",
    bin=r"\d+",
    training="plain|smoothed",
    protocol=one_of(config["class_fitting"]["protocols"]),


include: "rules/data.smk"
include: "rules/training.smk"
include: "rules/dynamics.smk"
include: "rules/representations.smk"
include: "rules/class_fitting.smk"
include: "rules/memorization.smk"
include: "rules/density_bins.smk"
include: "rules/memorization_subsets.smk"
include: "rules/review.smk"


watcher.read(result(""))


rule all:
    default_target: True
    input:
        rules.training_dynamics.input,
        rules.class_fitting.input,
        rules.memorization.input,
        rules.density_bins.input,
        rules.memorization_subsets.input,
