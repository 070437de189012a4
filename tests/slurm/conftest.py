"""A real Slurm cluster, and two users' runs on it whose jobs come to grief in every way."""

import fcntl
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from tests.slurm.slurm_cluster import NAME, Cluster, UnavailableError, install
from tests.slurm.slurm_study import RUNS, Submission, Training, catch, configuration, targets
from tests.workflow.micro_study import PARTS, ROOT, Study


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    try:
        install()
        with Path("/run/lock", NAME).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one cluster at a time on a machine
            with Cluster(tmp_path_factory.mktemp(NAME)) as running:
                yield running
    except UnavailableError as reason:
        pytest.skip(f"no Slurm cluster: {reason}")


@pytest.fixture(scope="module")
def interpreted() -> Iterator[None]:
    """The sampler's functions as Python: to compile them would take longer than all the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        yield


@pytest.fixture(scope="module")
def checkout(interpreted: None, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The project as it stands with both users' configurations, their data sets made. Not to be changed."""
    folder = tmp_path_factory.mktemp("checkout") / "rote"
    folder.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        copy(ROOT / part, folder / part)
    (folder / "slurm").symlink_to((ROOT / "slurm").readlink())
    study = Study(folder)
    # A training saves its state once a minute; here after every epoch.
    study.edit("src/rote/training/run.py", lambda text: text.replace("interval: float = 60", "interval: float = 0"))
    study.edit("profiles/slurm/config.v9+.yaml", lambda text: text.replace("# gpu_model", "gpu_model"))
    demo = yaml.safe_load((ROOT / "config/demo.yaml").read_text())
    for name in RUNS:
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(configuration(demo, name)))
        run_locally(study, name, "--until", "corrupt_labels")
    return study


def run_locally(study: Study, name: str, *arguments: str) -> None:
    done = study.snakemake(*arguments, "--", *targets(name), config=f"{name}.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Aftermath:
    """What is left when both users' runs have ended, and what was seen on the way."""

    study: Study
    undisturbed: Study  # the same without Slurm
    caught: dict[str, list[Training]]  # by run, in order
    jobs: list[dict[str, str]]  # in order of submission


@pytest.fixture(scope="module")
def aftermath(cluster: Cluster, checkout: Study, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """Two users run their configurations from one checkout, and every training is disturbed in mid-work."""
    study, undisturbed = (checkout.copy(tmp_path_factory.mktemp(kind) / "rote") for kind in ("cluster", "undisturbed"))
    caught: dict[str, list[Training]] = {run: [] for runs in RUNS.values() for run in runs}

    def catch_all(*runs: str) -> None:
        missing, end = set(runs), time.monotonic() + 240
        while missing:
            for training in catch(study, *missing):
                caught[training.run].append(training)
                missing.remove(training.run)
            assert first.process.poll() is None, first.log.read_text()
            assert time.monotonic() < end, missing
            time.sleep(0.2)

    first, second = submissions = [Submission(study, name) for name in RUNS]
    try:
        catch_all(*caught)
        tell_slurm("scontrol", "update", f"JobId={caught['over_time'][0].job}", "EndTime=now")
        tell_slurm("scontrol", "update", f"NodeName={caught['node_down'][0].node}", "State=DOWN", "Reason=test")
        tell_slurm("scancel", caught["cancelled"][0].job)
        caught["failing_twice"][0].process.kill()
        second.process.kill()
        submissions.append(second.recover())
        catch_all("failing_twice")
        caught["failing_twice"][1].process.kill()
        for name in RUNS:
            run_locally(undisturbed, name)
        first.finish()
        submissions[-1].finish()
    finally:
        for submission in submissions:
            submission.process.kill()
            submission.process.wait()
        for process in psutil.process_iter(["cmdline"]):  # a node set down leaves its job to itself
            if str(study.folder) in " ".join(process.info["cmdline"] or ()):
                process.kill()
    return Aftermath(study, undisturbed, caught, cluster.jobs())


def tell_slurm(*command: str) -> None:
    subprocess.run(command, check=True)
