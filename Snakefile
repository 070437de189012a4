# How deep networks memorize: the whole study. `snakemake --configfile config/config.yaml -n` shows its plan.
from snakemake.utils import min_version

min_version("9.27")


include: "rules/common.smk"


report: "workflow/report/workflow.rst"


wildcard_constraints:
    dataset=one_of(config["datasets"]),
    labels=one_of(config["labels"]),
    label_seed=r"\d+",
    run=one_of(config["runs"]),
    images=one_of(config["training_dynamics"]["images"]),
    comparison=one_of(config["training_dynamics"]["comparisons"]),


include: "rules/data.smk"
include: "rules/training.smk"
include: "rules/dynamics.smk"


rule all:
    default_target: True
    input:
        rules.training_dynamics.input,
