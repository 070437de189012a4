"""How long a set of jobs will take: the list schedule of their durations on what the machine has."""

import heapq
import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Job:
    """A job that is to run.

    Attributes
    ----------
    seconds : float
        How long it takes.
    needs : mapping
        Amount of each resource that it holds meanwhile.
    after : sequence of int
        The jobs whose results it waits for.
    """

    seconds: float
    needs: Mapping[str, int]
    after: Sequence[int]


def time_left(jobs: Mapping[int, Job], running: Mapping[int, float], capacity: Mapping[str, int]) -> float:
    """Seconds until the last job ends, where each starts as soon as it may and finds room.

    Graham, Bounds for certain multiprocessing anomalies, Bell System Technical Journal 45 (1966): such a schedule is at
    most twice as long as the best one.

    Parameters
    ----------
    jobs : mapping
        All that is not done, by number. A job that `after` names and that is not here counts as done.
    running : mapping
        For how many seconds each job that is at work has been so; one that exceeds its time ends at once.
    capacity : mapping
        Amount of each resource; one that is not named has no limit.
    """
    missing = {number: sum(before in jobs for before in job.after) for number, job in jobs.items()}
    following = defaultdict(list)
    for number, job in jobs.items():
        for before in job.after:
            following[before].append(number)
    free: dict[str, float] = defaultdict(lambda: math.inf, capacity)
    # Jobs with equal needs wait in one queue: if its first does not fit, none does.
    queues: dict[tuple[tuple[str, int], ...], deque[int]] = defaultdict(deque)
    ends: list[tuple[float, int]] = []
    now = 0.0

    def start(number: int, seconds: float) -> None:
        for name, amount in jobs[number].needs.items():
            free[name] -= amount
        heapq.heappush(ends, (now + max(seconds, 0), number))

    def fits(needs: tuple[tuple[str, int], ...]) -> bool:
        # What is larger than the machine runs alone, as Snakemake scales it down.
        return all(min(amount, capacity.get(name, math.inf)) <= free[name] for name, amount in needs)

    for number, job in jobs.items():
        if number in running:
            start(number, job.seconds - running[number])
        elif not missing[number]:
            queues[tuple(sorted(job.needs.items()))].append(number)
    while True:
        for needs, queue in queues.items():
            while queue and fits(needs):
                number = queue.popleft()
                start(number, jobs[number].seconds)
        if not ends:
            return now
        now, ended = heapq.heappop(ends)
        for name, amount in jobs[ended].needs.items():
            free[name] += amount
        for number in following[ended]:
            missing[number] -= 1
            if not missing[number] and number not in running:
                queues[tuple(sorted(jobs[number].needs.items()))].append(number)
