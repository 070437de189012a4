"""A small study, run once by real Snakemake on the real digits; each test gets a copy that it may change."""

from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.micro_study import Study, checked_out


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The project as it stands, nothing run yet. Not to be changed."""
    return checked_out(tmp_path_factory.mktemp("checkout") / "rote")


@pytest.fixture(scope="session")
def finished(checkout: Study, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Study:
    """The small study, run to its end by the first worker that asks for it. Not to be changed."""
    folder = tmp_path_factory.getbasetemp().parent / f"finished_{testrun_uid}"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            study = checkout.copy(folder.with_suffix(".running"))
            done = study.snakemake()
            assert done.returncode == 0, done.stdout + done.stderr
            study.folder.rename(folder)
    return Study(folder)


@pytest.fixture
def fresh(checkout: Study, tmp_path: Path) -> Study:
    """A checkout in which nothing has run, to change at will."""
    return checkout.copy(tmp_path / "fresh")


@pytest.fixture
def study(finished: Study, tmp_path: Path) -> Study:
    """A finished study to change at will."""
    return finished.copy(tmp_path / "rote")
