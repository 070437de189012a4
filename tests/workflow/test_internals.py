"""What the workflow uses of Snakemake's internals is checked, and its scheduling loop waits by another timer."""

import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from threading import Semaphore

import pytest
import snakemake
from packaging.specifiers import SpecifierSet
from running import internals
from snakemake.exceptions import WorkflowError
from snakemake.scheduling.job_scheduler import JobScheduler

ROOT = Path(__file__).parents[2]
DELAY = 0.05  # s


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> JobScheduler:
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", JobScheduler._schedule_reevalutation)  # put back after
    internals.replace_timer()
    scheduler = object.__new__(JobScheduler)
    scheduler._open_jobs = Semaphore(0)
    return scheduler


def turns(scheduler: JobScheduler) -> int:
    found = 0
    while scheduler._open_jobs.acquire(timeout=10 * DELAY):
        found += 1
    return found


def test_many_wishes_to_wait_are_one_turn(scheduler: JobScheduler) -> None:
    for _ in range(20):
        scheduler._schedule_reevalutation(DELAY)
    assert turns(scheduler) == 1


def test_after_a_turn_the_loop_can_wait_again(scheduler: JobScheduler) -> None:
    for _ in range(3):
        scheduler._schedule_reevalutation(DELAY)
        assert turns(scheduler) == 1


def test_a_wait_takes_its_delay(scheduler: JobScheduler) -> None:
    start = time.monotonic()
    scheduler._schedule_reevalutation(DELAY)
    assert scheduler._open_jobs.acquire(timeout=100 * DELAY)
    assert time.monotonic() - start >= DELAY


def test_the_installed_snakemake_has_all_that_is_used() -> None:
    internals.check()


@pytest.mark.parametrize("version", ["8.30.0", "9.26.9", "9.28.0", "9.28", "10.0.0"])
def test_a_version_outside_the_bounds_is_refused_with_the_remedy(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snakemake, "__version__", version)
    with pytest.raises(WorkflowError, match=rf"Snakemake {re.escape(version)} is installed.*envs/requirements\.lock"):
        internals.check()


@pytest.mark.parametrize("version", ["9.27.0", "9.27.1", "9.27.5", "9.27.1+3.gabc"])
def test_a_version_within_the_bounds_is_taken(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snakemake, "__version__", version)
    internals.check()


@pytest.mark.parametrize(
    ("used", "named"),
    [
        ({"snakemake.jobs:Job": ("rule", "no_such")}, "lacks Job.no_such. "),
        ({"snakemake.jobs:NoSuch": ("a", "b")}, "lacks snakemake.jobs.NoSuch. "),
        ({"snakemake.no_such:Job": ("a",)}, "lacks snakemake.no_such.Job. "),
        ({"snakemake.jobs:Job": ("no",), "snakemake.rules:Rule": ("none",)}, "lacks Job.no, Rule.none. "),
    ],
    ids=["attribute", "class", "module", "several"],
)
def test_all_that_is_lacking_is_named_at_once(used: dict[str, tuple[str, ...]], named: str) -> None:
    with pytest.raises(WorkflowError, match=re.escape(named) + r"Install.*envs/requirements\.lock"):
        internals.check(used)


def test_the_study_stops_at_another_version_with_one_message_before_any_rule(tmp_path: Path) -> None:
    start = (
        "import runpy, snakemake; snakemake.__version__ = '9.28.0'; "
        "runpy.run_module('snakemake', run_name='__main__', alter_sys=True)"
    )
    command = [sys.executable, "-c", start, "-n", "--snakefile", ROOT / "Snakefile", "--directory", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert (done.stdout + done.stderr).count("Snakemake 9.28.0 is installed") == 1
    assert "Traceback" not in done.stderr


def test_what_is_installed_is_bounded_as_what_is_checked() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert f"snakemake{internals.SUPPORTED}" in extras["workflow"]
    (locked,) = re.findall(r"^snakemake==(\S+)", (ROOT / "envs/requirements.lock").read_text(), re.M)
    assert locked in SpecifierSet(internals.SUPPORTED)


# What the names of variables stand for, wherever the workflow touches Snakemake's objects.
OBJECTS = {
    "job": "Job",
    "before": "Job",
    "rule": "Rule",
    "maker": "Rule",
    "dag": "DAG",
    "workflow": "Workflow",
    "records": "PersistenceBase",
    "reason": "Reason",
    "change": "ParamsChange",
    "dag_settings": "DAGSettings",
    "output_settings": "OutputSettings",
    "scheduler": "JobScheduler",
    "JobScheduler": "JobScheduler",
    "logger": "logger",
    "api": "WorkflowApi",
    "LogEvent": "LogEvent",
    "Quietness": "Quietness",
}
OWN = {"is_waiting"}  # what the timer writes on a scheduler
USED = {place.split(":")[1]: set(attributes) for place, attributes in internals.USED.items()}


def sources() -> dict[str, str]:
    """All parts of the workflow that import from Snakemake or are in its language."""
    files = [ROOT / "Snakefile", *(ROOT / "rules").rglob("*.smk"), *(ROOT / "workflow").glob("*.py")]
    files += (ROOT / "workflow/running").glob("*.py")
    texts = {str(file.relative_to(ROOT)): file.read_text() for file in files}
    return {file: text for file, text in texts.items() if not file.endswith(".py") or "from snakemake" in text}


def used() -> dict[str, set[str]]:
    """Attributes that the sources use, by the class that `OBJECTS` names."""
    found: dict[str, set[str]] = {name: set() for name in OBJECTS.values()}
    for file, text in sources().items():
        objects = OBJECTS | ({"found": "Workflow"} if file == "workflow/plan.py" else {})
        for variable, attribute in re.findall(r"(?<![\w/\"'])(\w+)(?=\.(\w+))", text):
            if variable in objects:
                found[objects[variable]].add(attribute)
    return found


@pytest.mark.parametrize("name", sorted(set(OBJECTS.values())))
def test_the_table_names_just_the_attributes_that_are_used(name: str) -> None:
    assert used()[name] - OWN == USED[name]


def test_no_attribute_is_in_the_table_for_which_no_variable_is_looked_up() -> None:
    assert {name for name, attributes in USED.items() if attributes} == set(OBJECTS.values())


def test_every_name_that_is_imported_from_snakemake_is_in_the_table() -> None:
    for file, text in sources().items():
        for module, block, line in re.findall(r"^ *from (snakemake[\w.]*) import (?:\(([^)]*)\)|(.*))", text, re.M):
            names = {f"{module}:{name}" for name in re.findall(r"\w+", block or line)}
            assert names <= set(internals.USED), file


def test_what_the_table_names_without_attributes_is_used() -> None:
    text = re.sub(r'"[^"\n]*"', "", "".join(sources().values()))  # the table itself is strings
    alone = {name for name, attributes in USED.items() if not attributes}
    assert {name for name in alone if not re.search(rf"\b{name}\b", text)} == set()
