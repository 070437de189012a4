"""How far a run is, from the messages of `running.events`."""

import logging
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from running.durations import in_words, seconds_in
from running.failures import Failure
from running.time_left import Job, time_left


@dataclass
class Run:
    """What is known of a run.

    Attributes
    ----------
    results : Path or None
        Where results lie, once the configuration has been read.
    whole : bool
        Whether all of the study was asked for, no target by name.
    jobs : dict
        The message that announced each job, by its number.
    capacity : dict or None
        What the jobs share, once the run has begun.
    running : dict
        When each job at work began, in seconds of `time.monotonic`.
    done, failed : set and dict
        Numbers of the jobs that finished; failures of the others by number.
    notes, errors : list of str
        What was said that concerns no job.
    """

    results: Path | None = None
    whole: bool = False
    jobs: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    capacity: dict[str, int] | None = None
    running: dict[int, float] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    failed: dict[int, Failure] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take in one message."""
        match message:
            case {"results": results, "whole": whole}:
                self.results, self.whole = Path(results), whole
            case {"capacity": capacity}:
                self.capacity = capacity
            case {"name": _}:
                self.jobs[message["job"]] = message
            case {"started": numbers}:
                self.running.update(dict.fromkeys(numbers, time.monotonic()))
                for number in numbers:
                    self.failed.pop(number, None)
            case {"finished": number} if number in self.jobs:
                self._leave(number)
                self.done.add(number)
            case {"failed": number}:
                self._leave(number)
                self.failed[number] = Failure(
                    message["job"], message["message"], message["remedy"], tuple(message["logs"])
                )
            case {"error": error, "level": level}:
                # Snakemake adds the lines of the rules that it came through.
                said = "\n".join(line for line in error.splitlines() if not line.startswith('  File "'))
                (self.errors if level >= logging.ERROR else self.notes).append(said)

    def _leave(self, number: int) -> None:
        self.running.pop(number, None)
        job = self.jobs[number]
        if job["benchmark"]:
            self._taken[job["rule"]] += seconds_in(Path(job["benchmark"]))

    def omitted(self) -> list[str]:
        """One result each of the jobs that failed or never began; everything else that is missing follows from them."""
        return [
            str(job["output"])
            for number, job in self.jobs.items()
            if number not in self.done and job["output"] and self.done.issuperset(job["after"])
        ]

    def line(self) -> str:
        """How far the run is, how long it will take, and what is at work."""
        if self.capacity is None:
            return "reading the study …"
        failed = f", {len(self.failed)} failed" if self.failed else ""
        names = [str(self.jobs[number]["name"]) for number in self.running]
        at_work = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        return " · ".join(
            filter(None, [f"{len(self.done)} of {len(self.jobs)} jobs done{failed}", self.left(), at_work])
        )

    def left(self) -> str:
        """Time left, and for how many jobs it is not known; empty when nothing is left."""
        lost = self._lost()
        open_jobs = {number: job for number, job in self.jobs.items() if number not in self.done | lost}
        expected = {number: self._expected(job) for number, job in open_jobs.items()}
        n_unknown = sum(seconds is None for seconds in expected.values())
        if not open_jobs:
            return ""
        if n_unknown == len(open_jobs):
            return "time left not known: no such job has run yet"
        jobs = {n: Job(expected[n] or 0, job["needs"], job["after"]) for n, job in open_jobs.items()}
        now = time.monotonic()
        seconds = time_left(jobs, {number: now - start for number, start in self.running.items()}, self.capacity or {})
        queue = ", waiting in the queue apart" if "_cores" not in (self.capacity or {}) else ""
        by_model = any(job["basis"] == "model" for job in open_jobs.values())
        known = f"{'roughly' if by_model else 'about'} {in_words(max(seconds, 1))} left{queue}"
        unknown = f", and {n_unknown} {'job' if n_unknown == 1 else 'jobs'} of unknown time"
        return f"{known}{unknown if n_unknown else ''}"

    def _expected(self, job: Mapping[str, Any]) -> float | None:
        """Seconds that a job takes: as announced, else the median of its rule's jobs of this run."""
        if job["seconds"] is not None:
            return float(job["seconds"])
        taken = self._taken[job["rule"]]
        return statistics.median(taken) if taken else None

    def _lost(self) -> set[int]:
        """Jobs that failed and those that wait for them in vain."""
        lost = set(self.failed)
        following = defaultdict(list)
        for number, job in self.jobs.items():
            for before in job["after"]:
                following[before].append(number)
        front = list(lost)
        while front:
            new = [number for number in following[front.pop()] if number not in lost]
            lost.update(new)
            front += new
        return lost
