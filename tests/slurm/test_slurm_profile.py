"""What the Slurm profile asks for, looked at without a cluster."""

import re
import subprocess
import sys

from tests.workflow.micro_study import ROOT


def planned(*arguments: str) -> dict[str, str]:
    """Resources of a job of each rule that `snakemake --profile slurm` would start."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--profile", "slurm", "--dry-run", "--forceall", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"^rule (\w+):\n.*?^    resources: (.*?)$", done.stdout + done.stderr, re.M | re.S))


def test_every_rule_that_asks_for_a_gpu_goes_to_the_gpu_partition_and_no_other_does():
    plan = planned("--configfile", "config/demo.yaml")
    on_gpu = {rule for rule, resources in plan.items() if re.search(r"\bgpu=1\b", resources)}
    assert "train_run" in on_gpu < set(plan)
    assert {rule for rule, resources in plan.items() if "slurm_partition=gpu" in resources} == on_gpu
    assert {rule for rule, resources in plan.items() if "slurm_partition=cpu" in resources} == set(plan) - on_gpu


def test_a_bare_call_runs_the_full_replication():
    plan = planned("--", "results/replication/runs/cifar10_resnet50_noise_20/history.parquet")
    assert set(plan) == {"fetch_dataset", "convert_dataset", "corrupt_labels", "train_run"}
