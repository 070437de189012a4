"""A slice of the study for two users, their runs on Slurm, and trainings caught in the act."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.slurm.slurm_cluster import query
from tests.workflow.micro_study import Study, micro

# Each user's trainings, named by what befalls them.
RUNS = {"first": ("cancelled", "node_down", "over_time", "failing_twice"), "second": ("orphaned",)}


def configuration(demo: dict, name: str) -> dict:
    """A slice of the demo: trainings of some seconds on few images, representations, short density fits."""
    small, runs = micro(demo), RUNS[name]
    run = small["runs"]["digits_noise_20"] | {"subset": 128}
    small["recipes"]["adam"]["epochs"] = 30
    sampler = {"n_chains": 2, "n_init_components": 2, "n_sweeps": 4, "n_discarded": 2, "keep_every": 1}
    fitted = {"runs": dict.fromkeys(runs, "last_stage"), "scores": {}, "comparisons": {}}
    return {key: small[key] for key in ("data_root", "datasets", "labels", "architectures", "recipes", "weights")} | {
        "name": name,
        "seed": list(RUNS).index(name),
        "runs": {title: run | {"title": title} for title in runs},
        "class_fitting": small["class_fitting"] | fitted | {"sampler": sampler, "processes": 2},
    }


def targets(name: str) -> list[str]:
    """What the slice ends with: the first user's training runs, the second user's density fits."""
    if name == "first":
        return [f"results/first/runs/{run}/checkpoints.parquet" for run in RUNS[name]]
    return [f"results/second/class_fitting/{run}/stage_4/exact/posterior_samples.parquet" for run in RUNS[name]]


class Submission:
    """A user's `snakemake --profile slurm`."""

    def __init__(self, study: Study, name: str) -> None:
        self.study, self.name = study, name
        self.log = study.folder / f"{name}_{time.time_ns()}.log"
        self.command = [sys.executable, "-m", "snakemake", "--profile", "slurm", "--configfile", f"{name}.yaml"]
        self.command += ["--slurm-init-seconds-before-status-checks", "5"]  # the next one 15 s later
        ours = ("PYTHONPATH", "CUDA_VISIBLE_DEVICES")  # set for tests, and sbatch would hand them to the jobs
        environment = {key: value for key, value in os.environ.items() if key not in ours}
        with self.log.open("w") as log:
            command = [*self.command, "--", *targets(name)]
            self.process = subprocess.Popen(command, cwd=study.folder, env=environment, stdout=log, stderr=log)

    @property
    def identifier(self) -> str:
        """The name of the run's jobs."""
        return self.log.read_text().split("SLURM run ID: ")[1].split()[0]

    def finish(self) -> None:
        assert self.process.wait(400) == 0, self.log.read_text()

    def recover(self) -> "Submission":
        """What docs/slurm.md says to do after the submitting process died."""
        subprocess.run(["scancel", "--name", self.identifier], check=True)
        subprocess.run([*self.command, "--unlock"], cwd=self.study.folder, check=True, capture_output=True)
        return Submission(self.study, self.name)


@dataclass
class Training:
    """A training's process under Slurm, stopped in mid-work."""

    run: str
    process: psutil.Process
    environment: dict[str, str]
    kept: dict[Path, int]  # checkpoints that its saved state vouches for, and when they were written

    @property
    def job(self) -> str:
        return self.environment["SLURM_JOB_ID"]

    @property
    def node(self) -> str:
        return self.environment["SLURMD_NODENAME"]


def catch(study: Study, *runs: str) -> Iterator[Training]:
    """Stop each training of these runs that has kept two checkpoints since it started."""
    for process in psutil.process_iter(["cmdline", "create_time"]):
        command, started = process.info["cmdline"] or [], process.info["create_time"]
        if len(command) != 2 or not command[1].startswith(str(study.folder)) or not command[1].endswith("train_run.py"):
            continue
        with suppress(psutil.NoSuchProcess):
            environment = process.environ()
            comment = query("squeue", "--noheader", "--job", environment["SLURM_JOB_ID"], "--format=%k")
            run = comment.strip().removeprefix("rule_train_run_wildcards_")
            checkpoints = sorted(study.folder.glob(f"results/*/runs/{run}/checkpoints/epoch_*.safetensors"))
            if run in runs and sum(path.stat().st_mtime > started for path in checkpoints) >= 2:
                process.suspend()
                # the state is saved after the checkpoint, so it may lag behind by one
                yield Training(run, process, environment, {path: path.stat().st_mtime_ns for path in checkpoints[:-1]})
