"""How Snakemake's scheduling loop waits, with the setting of `rules/scheduling.smk`."""

import runpy
import time
from pathlib import Path
from threading import Semaphore

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

SETTING = Path(__file__).parents[2] / "rules/scheduling.smk"
DELAY = 0.05  # s


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> JobScheduler:
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", JobScheduler._schedule_reevalutation)  # put back after
    runpy.run_path(str(SETTING))
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
