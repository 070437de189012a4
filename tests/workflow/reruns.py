"""Which rules a change re-runs: `python tests/workflow/reruns.py` writes the table `reruns.yaml` anew.

The table names the rules that a change concerns itself; what follows from their results re-runs with them. It is
made from graphs of jobs alone and needs no results. `test_reruns.py` holds it against what Snakemake would really run
of a finished study, which `python tests/workflow/reruns.py FOLDER` prints; `--modules` prints the first half.
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import reduce
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from snakemake.jobs import Job

from rote import code
from rote.local_names import number_local_names

ROOT = Path(__file__).parents[2]
sys.path += [str(ROOT), str(ROOT / "workflow")]
import plan  # noqa: E402

from tests.workflow.micro_study import micro  # noqa: E402

Plan = dict[str, list[str]]

TABLE = Path(__file__).with_name("reruns.yaml")
HEADER = """\
# The rules that a change of a module of rote, or of a setting, concerns itself. What follows from their results
# re-runs with them. Written by `python tests/workflow/reruns.py`: review what changes here.
"""

# One module of each family, to change for real; all of them are in the table.
MODULES = (
    "rote.data.labels",
    "rote.density.sampler.gibbs",
    "rote.figures.style",
    "rote.memorization.estimate",
    "rote.provenance",
    "rote.similarity",
    "rote.tables.density",
    "rote.training.engine",
)

# Entries that nothing uses yet, so that there is something to change to.
SPARE = {
    "datasets.mnist": {},
    "datasets.mini_imagenet": {},
    "labels.noise_50": {"fraction": 0.5},
    "architectures.k3": {"name": "preactivation_resnet18", "width": 3},
    "recipes.spare": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 2, "batch_size": 64},
    "weights.spare": {"architecture": "k3", "hub_identifier": "owner/name"},
    "representations.spare": {"form": "gram", "images": {"split": "test", "batches": 1, "batch_size": 40}},
    "representations.spare_manifolds": {"form": "manifolds", "images_per_class": 3, "least_images_per_class": 2},
    "class_fitting.reductions.spare": {"taps": {"stage_3": 8, "stage_4": 8}, "compared": ["stage_4"]},
    "memorization.published.spare": {"dataset": "digits", "file": "scores.npz"},
}
RUN, TRIALS = "digits_noise_20", "two_shards"
SETTINGS: dict[str, Any] = {
    "name": "another",
    "seed": 2,
    "data_root": str(ROOT),
    "drop_checkpoints": True,
    "datasets.mini_imagenet.split_seed": 1,
    "labels.noise_20.fraction": 0.3,
    "labels.noise_50.fraction": 0.4,
    "architectures.k2.width": 3,
    "recipes.adam.epochs": 7,
    "recipes.adam.keep_best": True,
    "recipes.short.epochs": 2,
    "weights.spare.hub_identifier": "owner/another",
    f"runs.{RUN}.title": "another",
    "runs.digits_noise_0.dataset": "mnist",
    f"runs.{RUN}.labels": "noise_50",
    f"runs.{RUN}.label_seed": 1,
    f"runs.{RUN}.architecture": "k3",
    f"runs.{RUN}.recipe": "spare",
    f"runs.{RUN}.seed": 1,
    f"runs.{RUN}.seed_name": "another",
    f"runs.{RUN}.subset": 200,
    f"runs.{RUN}.stack": "alone",
    "runs.added": {"title": "", "dataset": "digits", "labels": "noise_0", "architecture": "k2", "recipe": "adam"},
    "representations.two_batches_of_40.images.batches": 3,
    "representations.two_batches_of_40.epochs": [0, 1],
    "representations.two_batches_of_40.taps": ["stage_4"],
    "representations.two_batches_of_40.unrelated_initialisations": 3,
    "representations.few_images_a_class.images_per_class": 2,
    "representations.few_images_a_class.least_images_per_class": 3,
    "representations.training_images": {"form": "flat", "images": {"split": "train"}},
    f"training_dynamics.runs.{RUN}": "spare",
    "training_dynamics.cka.estimator": "unbiased",
    "training_dynamics.cka.memory_mb": 300,
    "training_dynamics.cka.permutations": 11,
    "training_dynamics.evolution.windows_per_decade": 3,
    "training_dynamics.transitions.max_transitions": 3,
    "training_dynamics.comparisons.noise.title": "another",
    "training_dynamics.comparisons.noise.runs": [RUN],
    f"class_fitting.runs.{RUN}": "spare",
    "class_fitting.reductions.last_stage.taps.stage_4": 7,
    "class_fitting.protocols.exact.initial_components": [1, 2],
    "class_fitting.sampler.n_sweeps": 124,
    "class_fitting.complexity.max_draws": 10_001,
    "class_fitting.divergences.max_draws": 10_001,
    "class_fitting.gap.n_samples": 98,
    "class_fitting.processes": 2,
    "class_fitting.scores": {},
    "class_fitting.density_bins.number": 4,
    "class_fitting.density_bins.stack_size": 1,
    "class_fitting.density_bins.certified_examples": 5,
    "class_fitting.density_bins.certification.n": 41,
    "class_fitting.density_bins.radii": [0, 0.25],
    "class_fitting.memorization_subsets.threshold": 0.6,
    "class_fitting.comparisons.noise.title": "another",
    "class_fitting.comparisons.noise.runs": [RUN, "digits_noise_0"],
    "geometry.experiments.noise.title": "another",
    "geometry.experiments.noise.runs": ["digits_noise_0"],
    "geometry.experiments.noise.manifolds": "spare_manifolds",
    "geometry.experiments.noise.gradients": False,
    "geometry.experiments.noise.rewinding": False,
    "geometry.experiments.noise.embeddings": True,
    "geometry.experiments.noise.simulation": True,
    "geometry.capacity.n_draws": 6,
    "geometry.label_noise": {"noise": {"title": "Label noise", "experiments": ["noise"]}},
    "geometry.double_descent": {"noise": {"title": "Label noise", "runs": ["digits_noise_20"]}},
    "geometry.gradients.epochs": [0],
    "geometry.gradients.centred_by": ["none"],
    "geometry.gradients.recalibrated": [],
    "geometry.rewinding.network": 3,
    "geometry.rewinding.epochs": [0],
    "geometry.rewinding.layers": "all",
    "geometry.rewinding.batch_norm": ["stays"],
    "geometry.rewinding.train_share": 0.2,
    "stitching.experiments.noise.title": "another",
    "stitching.experiments.noise.cuts": ["stage_4"],
    "stitching.experiments.noise.representations": "spare",
    "stitching.recipe.steps": 5,
    "stitching.convergence.level": 0.9,
    "stitching.memory_mb": 300,
    "masc.experiments.noise.title": "another",
    "masc.experiments.noise.runs": ["digits_noise_0"],
    "masc.taps": ["stage_4"],
    "masc.experiments.noise.taps": ["input"],
    "masc.epochs": "all",
    "masc.components": [{"share": 0.8}],
    "masc.labellings": ["corrupted"],
    "masc.folds": 3,
    "masc.baselines": [],
    "masc.shrinkage": 0.1,
    "masc.selection_share": 0.3,
    "masc.retraining.epochs": 3,
    "masc.retraining.patience": 2,
    "masc.retraining.short": 2,
    "masc.retraining.labels": "cross_fitted",
    f"memorization.estimates.{TRIALS}.title": "another",
    f"memorization.estimates.{TRIALS}.fraction": 0.6,
    f"memorization.estimates.{TRIALS}.trials": 5,
    f"memorization.estimates.{TRIALS}.stack_size": 2,
    f"memorization.estimates.{TRIALS}.label_seed": 1,
    f"memorization.estimates.{TRIALS}.compared_with": ["spare"],
    "memorization.published.spare.file": "others.npz",
    "memorization.wanted_errors": [0.2],
    "memorization.false_discovery_rate": 0.1,
    "verification.draw": 5,
}


def changed(config: dict, path: str, value: Any) -> dict:
    """A configuration with one entry replaced or added."""
    config = deepcopy(config)
    *sections, key = path.split(".")
    reduce(dict.__getitem__, sections, config)[key] = value
    return config


def micro_with_spare_entries() -> dict:
    demo = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
    return reduce(lambda config, path: changed(config, path, SPARE[path]), SPARE, micro(demo))


@contextmanager
def graph(study: Path, config: dict, results: Path | None = None) -> Iterator[plan.Workflow]:
    """Jobs of a checkout under a configuration, with the results that lie in a folder, or with none."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.yaml")
        path.write_text(yaml.safe_dump(config))
        profile = ["--profile", f"{study}/profiles/demo", "--snakefile", f"{study}/Snakefile"]
        with plan.opened([*profile, "--directory", str(results or folder), "--configfile", str(path)]) as found:
            yield found


def configurations(study: Path) -> dict[str, dict]:
    """The configurations that come with the study, by name; of each estimate's shards, the first."""
    found = {file.stem: yaml.safe_load(file.read_text()) for file in sorted((study / "config").glob("*.yaml"))}
    for config in found.values():
        for trials in config.get("memorization", {}).get("estimates", {}).values():
            trials["trials"] = max(4, trials["shard"])  # the other shards are like the first
    return found


def module_files(study: Path) -> dict[str, Path]:
    """Every module of rote."""
    source = study / "src"
    files = {".".join(file.relative_to(source).with_suffix("").parts): file for file in sorted(source.rglob("*.py"))}
    return {name.removesuffix(".__init__"): file for name, file in files.items()}


# The table


def covering_rules(study: Path) -> dict[str, set[str]]:
    """Rules whose code each module of rote is part of, by module, under the configurations that come with the study."""
    declared = "rote.config."  # modules that no fingerprint holds
    rules: dict[str, set[str]] = {name: set() for name in module_files(study) if not name.startswith(declared)}
    fingerprint, code.fingerprint = code.fingerprint, lambda *parts: " ".join(code.modules_of(*parts))
    for config in configurations(study).values():
        with graph(study, config) as found:
            for job in found.dag.jobs:
                for module in job.params.get("code", "").split():
                    rules[module].add(job.rule.name)
    code.fingerprint = fingerprint
    return rules


def concerned_rules(study: Path) -> dict[str, set[str]]:
    """Rules of which a job takes other parameters or other input files, or is new, after each change of a setting."""
    config = micro_with_spare_entries()
    before = jobs(study, config)
    found = {}
    for path, value in SETTINGS.items():
        after = jobs(study, changed(config, path, value))
        found[path] = {job[0] for job in after if before.get(job) != after[job]}
    return found


def jobs(study: Path, config: dict) -> dict[tuple[str, ...], Any]:
    """Parameters and input files of each job, by its rule and its results."""
    with graph(study, config) as found:
        return {
            (job.rule.name, *map(str, job.output)): (
                {name: repr(value) for name, value in job.params.items()},
                sorted(map(str, job.input)),
            )
            for job in found.dag.jobs
            if leaves_results(job)
        }


def leaves_results(job: Job) -> bool:
    """Whether a job leaves results; a token, made for its reader and gone with it, has no cause of its own."""
    return not job.is_norun and not job.temp_output


def written(table: dict[str, dict[str, set[str]]]) -> str:
    """The table as a person reads it: rules sorted, all that run code of rote in two words."""
    every_rule = set().union(*table["modules"].values())
    rows = {
        part: {name: "every rule" if rules == every_rule else sorted(rules) for name, rules in found.items()}
        for part, found in table.items()
    }
    return yaml.safe_dump(rows, default_flow_style=None, width=118, sort_keys=False)


# What Snakemake would run of a finished study


def plans(study: Path) -> dict[str, dict[str, Plan]]:
    """What would run after each change of a finished study's settings, of some modules, and of what means nothing."""
    config, files = micro_with_spare_entries(), module_files(study)
    sources = [*files.values(), *(study / "workflow/scripts").glob("*.py")]
    return {
        "settings": {path: planned(study, changed(config, path, value)) for path, value in SETTINGS.items()},
        "modules": {name: planned_after(study, config, [files[name]], with_another_line) for name in MODULES},
        "nothing": {
            "entries that nothing uses": planned(study, config),
            "other words": planned_after(study, config, sources, in_other_words),
        },
    }


def planned(study: Path, config: dict) -> Plan:
    """Rules with a cause of their own; the jobs that run; these rules' jobs that have the cause, and what follows."""
    with graph(study, config, results=study) as found:
        running = [job for job in found.dag.needrun_jobs() if leaves_results(job)]
        concerned = [job for job in running if plan.causes(found, job) != ("follows",)]
        following = [job for job in found.dag.bfs(found.dag.depending, *concerned) if leaves_results(job)]
        return {
            "rules": sorted({job.rule.name for job in concerned}),
            "running": sorted(job.output[0] for job in running),
            "following": sorted(job.output[0] for job in following),
        }


def planned_after(study: Path, config: dict, files: list[Path], edit: Callable[[str], str]) -> Plan:
    """The plan with these files edited; they are put back."""
    before = {file: file.read_text() for file in files}
    write({file: edit(text) for file, text in before.items()})
    found = planned(study, config)
    write(before)
    return found


def write(texts: dict[Path, str]) -> None:
    for file, text in texts.items():
        file.write_text(text)
    for function in vars(code).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def with_another_line(text: str) -> str:
    return text + "\nCHANGED = 1\n"


def in_other_words(text: str) -> str:
    """A module without comments, in another layout, with another docstring and other names of local variables."""
    tree = number_local_names(ast.parse(text))
    for node in ast.walk(tree):
        for part, name in ast.iter_fields(node):
            if isinstance(name, str) and re.fullmatch(r"\d+\.\d+", name) and not isinstance(node, ast.Constant):
                setattr(node, part, "variable_" + name.replace(".", "_"))
    return '"""Differently put."""\n' + ast.unparse(ast.Module(tree.body[ast.get_docstring(tree) is not None :], []))


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            TABLE.write_text(HEADER + written({"modules": covering_rules(ROOT), "settings": concerned_rules(ROOT)}))
        case ["--modules"]:
            print(written({"modules": covering_rules(ROOT)}))
        case [folder]:
            print(json.dumps(plans(Path(folder))))
