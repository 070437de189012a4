"""What happens to a study whose machine, disk or files fail."""

import shutil
import subprocess
import sys

import pytest

from tests.workflow.kills import kill_again_and_again
from tests.workflow.study_tables import same_tables

KILLS = 6  # benchmarks/kills.py kills the whole study twenty times
KILLED = ("density_bins", "results/micro/representations/two_batches_of_40/digits_noise_20.parquet")


def test_kills_at_random_moments_change_no_byte(finished, fresh):
    fresh.compile_sampler()  # whole or not at all: it takes longer than the kills let anything work
    kills = kill_again_and_again(fresh, KILLS, shortest=0.5, longest=6, targets=KILLED)
    done = fresh.snakemake("--nolock", "--", *KILLED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(kills) == KILLS
    assert any(kill.finished for kill in kills)
    assert any(kill.interrupted for kill in kills)
    assert same_tables(fresh, finished) > 30


def assert_named_and_repaired(study, finished, damaged, message, target, re_run):
    """A run for the target names the damaged file; without it, the run makes that file and what follows anew."""
    failed = study.snakemake("--", target)
    assert failed.returncode != 0
    assert message in failed.stdout + failed.stderr
    assert "Traceback" not in failed.stdout + failed.stderr
    damaged.unlink()
    plan = study.plan("--", target)
    assert plan == re_run
    done = study.snakemake("--", target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert same_tables(study, finished)


def test_a_truncated_table_is_named_and_made_anew_alone(study, finished):
    scores = study.folder / "results/micro/memorization/two_shards/scores.parquet"
    scores.write_bytes(scores.read_bytes()[:-100])
    assert_named_and_repaired(
        study,
        finished,
        scores,
        "scores.parquet",
        "results/micro/memorization_subsets/digits_noise_20.parquet",
        {"estimate_memorization": 1, "choose_memorization_subsets": 1},
    )


def test_a_flipped_bit_in_a_checkpoint_is_named_and_its_run_trained_anew_alone(study, finished):
    results = study.folder / "results/micro"
    *_, last = sorted((results / "runs/digits_noise_20/checkpoints").glob("*.safetensors"))
    content = bytearray(last.read_bytes())
    content[-1] ^= 1
    last.write_bytes(content)
    recorded = results / "representations/training_images/digits_noise_20.parquet"
    recorded.unlink()
    shutil.rmtree(recorded.with_suffix(""))  # what is there of a network is kept
    assert_named_and_repaired(
        study,
        finished,
        results / "runs/digits_noise_20/checkpoints.parquet",
        "is damaged: its checksum is not the recorded one",
        "results/micro/representations/training_images/digits_noise_20.parquet",
        {"train_run": 1, "record_representations": 1},
    )


def test_results_that_cannot_be_written_stop_the_study_and_stay_whole(study, finished):
    folder = study.folder / "results"
    (folder / "micro/memorization/two_shards/scores.parquet").unlink()
    read_only = f"mount --bind {folder} {folder} && mount -o remount,ro,bind {folder} && "
    target = "results/micro/memorization/two_shards/scores.parquet"
    command = f"{sys.executable} -m snakemake --profile profiles/demo --configfile micro.yaml -- {target}"
    if subprocess.run(["unshare", "-m", "sh", "-c", f"{read_only} true"], capture_output=True).returncode != 0:
        pytest.skip("a folder can be made read-only for everyone only where mounts are allowed (unshare -m)")
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", read_only + command], cwd=study.folder, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "Write-protected output files" in done.stdout + done.stderr
    assert "corruption.parquet" in done.stdout + done.stderr
    shutil.rmtree(study.folder / ".snakemake/locks", ignore_errors=True)
    again = study.snakemake("--", target)
    assert again.returncode == 0, again.stdout + again.stderr
    assert same_tables(study, finished)
