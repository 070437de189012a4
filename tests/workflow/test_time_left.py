"""The time left is that of a schedule in which each job starts as soon as it may and finds room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running.time_left import Job, time_left

CORES = 3


@st.composite
def graphs(draw: st.DrawFn) -> dict[int, Job]:
    jobs = {}
    for number in range(draw(st.integers(0, 12))):
        after = draw(st.sets(st.integers(0, number - 1))) if number else set()
        jobs[number] = Job(draw(st.integers(0, 100)), {"_cores": draw(st.integers(1, CORES))}, sorted(after))
    return jobs


def longest_path(jobs: dict[int, Job]) -> float:
    ends: dict[int, float] = {}
    for number, job in jobs.items():
        ends[number] = job.seconds + max((ends[before] for before in job.after), default=0)
    return max(ends.values(), default=0)


@given(graphs())
def test_it_lies_between_the_longest_path_and_one_job_after_the_other(jobs):
    assert longest_path(jobs) <= time_left(jobs, {}, {"_cores": CORES}) <= sum(job.seconds for job in jobs.values())


@given(graphs())
def test_it_is_at_least_the_work_over_the_cores(jobs):
    work = sum(job.seconds * job.needs["_cores"] for job in jobs.values())
    assert time_left(jobs, {}, {"_cores": CORES}) >= work / CORES - 1e-9


@given(graphs())
def test_without_a_limit_it_is_the_longest_path(jobs):
    assert time_left(jobs, {}, {}) == longest_path(jobs)


@given(st.lists(st.integers(0, 100)))
def test_with_one_core_it_is_the_sum(seconds):
    jobs = {number: Job(one, {"_cores": 1}, ()) for number, one in enumerate(seconds)}
    assert time_left(jobs, {}, {"_cores": 1}) == sum(seconds)


def test_a_job_at_work_has_its_rest_to_go_and_one_over_its_time_none():
    jobs = {0: Job(60, {"_cores": 1}, ()), 1: Job(10, {"_cores": 1}, ())}
    assert time_left(jobs, {0: 45, 1: 20}, {"_cores": 2}) == 15


def test_each_limited_resource_counts():
    jobs = {number: Job(10, {"_cores": 1, "gpu": 1}, ()) for number in range(4)}
    assert time_left(jobs, {}, {"_cores": 4, "gpu": 1}) == 40


def test_a_job_that_claims_more_cores_than_there_are_runs_on_all_of_them():
    assert time_left({0: Job(10, {"_cores": 8}, ())}, {}, {"_cores": 2}) == 10


def test_what_a_job_waits_for_and_is_done_no_longer_holds_it_up():
    assert time_left({5: Job(10, {"_cores": 1}, (1, 2))}, {}, {"_cores": 2}) == 10


@pytest.mark.parametrize("cores", [1, 2, 5])
def test_equal_jobs_come_in_rounds(cores):
    jobs = {number: Job(3, {"_cores": 1}, ()) for number in range(10)}
    assert time_left(jobs, {}, {"_cores": cores}) == 3 * -(-10 // cores)
