"""The study on a real Slurm cluster, by the real profile, while trainings are disturbed in mid-work."""

from itertools import pairwise

import pytest

from tests.slurm.slurm_study import RUNS
from tests.workflow.micro_study import Study


def results(study: Study, name: str) -> dict[str, bytes]:
    """Contents of every file of a user's results, logs and benchmarks left out."""
    folder = study.folder / "results" / name
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith(("logs/", "benchmarks/"))}


def attempts(aftermath, run: str, rule: str = "train_run") -> list[dict[str, str]]:
    return [job for job in aftermath.jobs if job["Comment"] == f"rule_{rule}_wildcards_{run}"]


@pytest.mark.parametrize("name", RUNS)
def test_disturbed_runs_on_the_cluster_leave_the_files_of_an_undisturbed_local_run(aftermath, name):
    made, expected = (results(study, name) for study in (aftermath.study, aftermath.undisturbed))
    assert set(made) == set(expected)
    assert [path for path in made if made[path] != expected[path]] == []
    assert sum(path.endswith(".parquet") for path in made) >= 8


@pytest.mark.parametrize(
    ("run", "states"),
    [
        ("cancelled", ["CANCELLED", "COMPLETED"]),
        ("node_down", ["NODE_FAIL", "COMPLETED"]),
        ("over_time", ["TIMEOUT", "COMPLETED"]),
        ("failing_twice", ["FAILED", "FAILED", "COMPLETED"]),
        ("orphaned", ["CANCELLED", "COMPLETED"]),
    ],
)
def test_a_disturbed_training_is_submitted_anew_and_goes_on_from_its_last_checkpoint(aftermath, run, states):
    assert [job["JobState"] for job in attempts(aftermath, run)] == states
    caught = aftermath.caught[run]
    assert len(caught) == len(states) - 1
    for training in caught:
        assert training.kept
        assert {path: path.stat().st_mtime_ns for path in training.kept} == training.kept
    assert all(set(earlier.kept) < set(later.kept) for earlier, later in pairwise(caught))


def test_a_training_whose_node_went_down_ran_again_on_another(aftermath):
    first, second = attempts(aftermath, "node_down")
    assert first["NodeList"] != second["NodeList"]


def test_gpu_rules_have_a_gpu_of_the_type_and_partition_that_the_profile_names_and_other_rules_have_none(aftermath):
    assert len({job["Comment"].split("_wildcards")[0] for job in aftermath.jobs}) >= 4
    for job in aftermath.jobs:
        on_gpu = job["Comment"].startswith(("rule_train_run", "rule_record_"))
        assert job["Partition"] == ("gpu" if on_gpu else "cpu")
        assert job["NodeList"][0] == ("g" if on_gpu else "c")
        assert job.get("TresPerJob") == ("gres:gpu:a100:1" if on_gpu else None)
        assert job["devices"] == ("0" if on_gpu else "none")  # CUDA_VISIBLE_DEVICES


def test_a_job_has_the_cores_that_it_asks_for_and_as_many_threads(aftermath):
    for trainings in aftermath.caught.values():
        for training in trainings:
            assert training.environment["OMP_NUM_THREADS"] == training.environment["SLURM_CPUS_PER_TASK"] == "1"
    (fit,) = attempts(aftermath, "orphaned_stage_4_exact", "fit_densities")
    assert fit["NumCPUs"] == "2"


def test_every_new_attempt_asks_for_twice_the_memory(aftermath):
    jobs = attempts(aftermath, "failing_twice")
    memory = [int(job["MinMemoryNode"].removesuffix("M")) for job in jobs]
    assert memory == [memory[0], 2 * memory[0], 4 * memory[0]]


def test_logs_of_failed_jobs_are_kept_by_rule_and_wildcards(aftermath):
    logs = aftermath.study.folder / ".snakemake/slurm_logs/rule_train_run"
    for run in RUNS["first"]:
        *failed, completed = attempts(aftermath, run)
        assert all((logs / run / f"{job['JobId']}.log").stat().st_size > 0 for job in failed)
        assert not (logs / run / f"{completed['JobId']}.log").exists()
