"""A checkout of the project in a folder of its own, and a study small enough for a test."""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MARKED_UP = "Label noise: *0* or 20 $, `a_b`_, |$c|, <d> & http://e"  # no markup to whoever writes a title
PARTS = ("Snakefile", "rules", "workflow", "src", "config", "envs", "profiles")
STUDIES = ("training_dynamics", "class_fitting", "geometry", "stitching", "masc", "memorization")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.egg-info")


def keep_studies(config: dict, *kept: str) -> None:
    """Leave the other studies out of a configuration."""
    for section in set(STUDIES) - set(kept):
        del config[section]


class Study:
    """A checkout of the project in a folder of its own, with a small configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def config(self) -> dict:
        return yaml.safe_load((self.folder / "micro.yaml").read_text())

    def configure(self, change: Callable[[dict], object]) -> None:
        config = self.config
        change(config)
        (self.folder / "micro.yaml").write_text(yaml.safe_dump(config))

    def edit(self, file: str, change: Callable[[str], str]) -> None:
        if file.startswith("src/"):
            self.own_sources()
        path = self.folder / file
        text = path.read_text()
        assert change(text) != text
        path.write_text(change(text))

    def snakemake(
        self, *arguments: str, config: str = "micro.yaml", largest_file: int = resource.RLIM_INFINITY
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake; writing more than `largest_file` bytes to a file fails, as on a full disk."""
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/demo", "--configfile", config, *arguments]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))

        return subprocess.run(
            command, cwd=self.folder, env=environment, preexec_fn=limit, capture_output=True, text=True
        )

    def compile_sampler(self) -> None:
        """Do what the first density fit in a checkout would do first."""
        command = "from rote.density.sampler.chain import compile_sampler; compile_sampler()"
        environment = {**os.environ, "PYTHONPATH": str((self.folder / "src").resolve())}
        subprocess.run([sys.executable, "-c", command], cwd=self.folder, env=environment, check=True)

    def kill_when(self, condition: Callable[[], bool], target: str) -> None:
        """Start making a target, and kill Snakemake and all its jobs as soon as a condition holds."""
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/demo", "--configfile", "micro.yaml"]
        command += ["--rerun-triggers", "mtime", "--", target]
        running = subprocess.Popen(
            command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        while not condition():
            assert running.poll() is None, "it ended before the condition held"
            time.sleep(0.002)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert self.snakemake("--unlock").returncode == 0

    def own_sources(self) -> None:
        """Have a copy of the library in place of a link to it."""
        sources = self.folder / "src"
        if sources.is_symlink():
            sources.unlink()
            shutil.copytree(ROOT / "src", sources, ignore=NOT_COPIED)

    def plan(self, *arguments: str, config: str = "micro.yaml") -> dict[str, int]:
        """Number of jobs of each rule that a run would start now."""
        done = self.snakemake("--dry-run", *arguments, config=config)
        assert done.returncode == 0, done.stdout + done.stderr
        table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", done.stdout + done.stderr, re.M | re.S)
        if table is None:
            assert "Nothing to be done" in done.stdout + done.stderr
            return {}
        counts = dict(line.split() for line in table[1].splitlines())
        return {rule: int(count) for rule, count in counts.items() if rule not in ("total", "all")}

    def copy(self, folder: Path) -> "Study":
        shutil.copytree(self.folder, folder, symlinks=True)
        return Study(folder)


def checked_out(folder: Path) -> Study:
    """A copy of the project as it stands, nothing run yet, with the small configuration.

    The library is a link until it is edited: so the sampler is compiled once for all studies of the tests.
    """
    folder.mkdir()
    for part in PARTS:
        source = ROOT / part
        if part == "src":
            (folder / part).symlink_to(source)
        elif source.is_dir():
            shutil.copytree(source, folder / part, ignore=NOT_COPIED)
        else:
            shutil.copy2(source, folder / part)
    demo = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
    (folder / "micro.yaml").write_text(yaml.safe_dump(micro(demo)))
    return Study(folder)


def micro(config: dict) -> dict:
    """The demo with two short runs on few images, and three shorter ones to stitch."""
    recipe = {"optimizer": {"name": "adam", "learning_rate": 3e-3}, "epochs": 6, "batch_size": 64}
    runs = {
        f"digits_{labels}": {
            "title": labels,
            "dataset": "digits",
            "labels": labels,
            "architecture": "k2",
            "recipe": "adam",
            "subset": 400,  # so that each class has three permuted images
        }
        for labels in ("noise_0", "noise_20")
    }
    stitched = {  # of their own, so that other studies' runs may differ in data set and architecture
        f"stitched_{name}": runs[f"digits_{labels}"] | {"recipe": "short"}
        for name, labels in (("clean", "noise_0"), ("second", "noise_0"), ("noisy", "noise_20"))
    }
    return config | {
        "name": "micro",
        "verification": config["verification"] | {"seconds": 600},  # a busy machine takes minutes for a short run
        "architectures": {"k2": {"name": "preactivation_resnet18", "width": 2}},
        "recipes": {"adam": recipe, "short": recipe | {"epochs": 1}},
        "weights": {},
        "memorization": config["memorization"]
        | {
            "estimates": {
                "two_shards": {
                    "title": "trials",
                    "dataset": "digits",
                    "labels": "noise_20",
                    "architecture": "k2",
                    "recipe": "short",
                    "trials": 8,
                    "fraction": 0.7,
                    "shard": 4,
                    "stack_size": 4,
                }
            }
        },
        "runs": runs | stitched,
        "representations": {
            "two_batches_of_40": {
                "form": "gram",
                "images": {"split": "test", "batches": 2, "batch_size": 40},
                "unrelated_initialisations": 2,
            },
            "few_images_a_class": {
                "form": "manifolds",
                "images_per_class": 3,
                "least_images_per_class": 2,
                "epochs": ["best", "last"],
                "taps": ["stage_4"],
            },
        },
        "class_fitting": config["class_fitting"]
        | {
            "runs": dict.fromkeys(runs, "last_stage"),
            "reductions": {"last_stage": {"taps": {"stage_4": 8}, "compared": ["stage_4"]}},
            "sampler": {"n_chains": 2, "n_init_components": 3, "n_sweeps": 120, "n_discarded": 80, "keep_every": 4},
            "complexity": {"relative_standard_error": 0.1, "standard_error": 1, "max_draws": 10_000},
            "divergences": {"relative_standard_error": 0.2, "standard_error": 5, "max_draws": 10_000},
            "gap": {"n_samples": 99, "least_share": 0},
            "scores": {"digits_noise_20": "two_shards"},
            "density_bins": {
                "protocols": ["exact"],
                "number": 2,
                "stack_size": 2,
                "certified_examples": 4,
                "certification": {"standard_deviation": 0.5, "noise_units": "pixel", "n0": 10, "n": 40, "alpha": 0.05},
                "radii": [0, 0.5],
            },
            "memorization_subsets": {"threshold": 0.4, "least_examples": 3},
            "comparisons": {"noise": {"title": "Label noise", "runs": list(runs)}},
        },
        "geometry": {
            "experiments": {
                "noise": {
                    "title": "Label noise",
                    "runs": ["digits_noise_20"],
                    "manifolds": "few_images_a_class",
                    "gradients": True,
                    "rewinding": True,
                }
            },
            "capacity": {"n_draws": 5},
            "gradients": {"epochs": [0, 1]},
            "rewinding": {"epochs": [0, 1]},
        },
        "stitching": {
            "experiments": {
                "noise": {
                    "title": "Label noise",
                    "cuts": ["stage_2", "stage_4"],
                    "representations": "two_batches_of_40",
                    "repetitions": {
                        "seed_0": {
                            "clean": "stitched_clean",
                            "second_clean": "stitched_second",
                            "noisy": ["stitched_noisy"],
                        }
                    },
                }
            },
            "recipe": {"optimizer": {"name": "adam", "learning_rate": 0.01}, "steps": 4, "batch_size": 32},
            "convergence": {"level": 0.95},
        },
        "masc": {
            "experiments": {"noise": {"title": "Label noise", "runs": ["digits_noise_20"], "retraining": True}},
            "taps": ["input", "stage_4"],
            "components": [{"share": 0.9}, {"number": 1}],
            "retraining": {"epochs": 2, "patience": 1, "short": 1},
        },
        "training_dynamics": config["training_dynamics"]
        | {
            "runs": dict.fromkeys(runs, "two_batches_of_40"),
            "transitions": {"epochs_per_decade": 6, "max_transitions": 2, "samples": 4},
            "comparisons": {"noise": {"title": MARKED_UP, "runs": list(runs)}},
        },
    }
