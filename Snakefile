# How deep networks memorize: the whole study. `snakemake --configfile config/config.yaml -n` shows its plan.
import gc
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from running import internals

# A plan's jobs stay: to look them through for garbage again and again takes long.
gc.set_threshold(100_000, 20, 100)

internals.check()
internals.replace_timer()


include: "rules/progress.smk"
include: "rules/common.smk"


report: "workflow/report/workflow.rst"


include: "rules/data.smk"
include: "rules/training.smk"
include: "rules/loans.smk"
include: "rules/representations.smk"
include: "rules/dynamics.smk"
include: "rules/class_fitting.smk"
include: "rules/geometry.smk"
include: "rules/capacity.smk"
include: "rules/gradients.smk"
include: "rules/rewinding.smk"
include: "rules/embeddings.smk"
include: "rules/simulation.smk"
include: "rules/double_descent.smk"
include: "rules/stitching.smk"
include: "rules/masc.smk"
include: "rules/memorization.smk"
include: "rules/density_bins.smk"
include: "rules/memorization_subsets.smk"
include: "rules/claims.smk"
include: "rules/review.smk"


watcher.read(result(""))


rule all:
    default_target: True
    input:
        rules.training_dynamics.input,
        rules.class_fitting.input,
        rules.geometry.input,
        rules.manifold_capacity.input,
        rules.gradients.input,
        rules.rewinding.input,
        rules.memorization.input,
        rules.density_bins.input,
        rules.memorization_subsets.input,
        rules.embeddings.input,
        rules.simulation.input,
        rules.double_descent.input,
        rules.stitching.input,
        rules.masc.input,
        rules.claims.input,
        dropped_checkpoints(),
