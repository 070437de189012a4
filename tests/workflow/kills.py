"""Killing a study again and again: what each kill interrupted, and how long that had worked."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.workflow.micro_study import Study

# From a state.
RESUMES = {
    "train_run",
    "train_stack",
    "train_without_bins",
    "train_trials",
    "fit_densities",
    "certify_density_bins",
}


@dataclass(frozen=True)
class Kill:
    """One kill of Snakemake and all its jobs.

    Attributes
    ----------
    after : float
        Seconds since Snakemake was started.
    finished : int
        Jobs that this start finished.
    interrupted : dict of str to float
        Seconds that each job at work had worked, by rule: at most so much is lost, less where the job goes on from a
        state.
    """

    after: float
    finished: int
    interrupted: dict[str, float]


def kill_again_and_again(
    study: Study, times: int, shortest: float, longest: float, seed: int = 0, targets: Sequence[str] = ()
) -> list[Kill]:
    """Start a study and kill it, so many times, each a random number of seconds after its first job began.

    Gives what was interrupted. Ends early if the study does.
    """
    moments, kills = random.Random(seed), []
    for _ in range(times):
        # What a kill leaves behind stays, the lock too.
        shutil.rmtree(study.folder / ".snakemake/locks", ignore_errors=True)
        command = [sys.executable, "-m", "snakemake", "--profile", "profiles/demo", "--configfile", "micro.yaml"]
        command += ["--", *targets] if targets else []
        start = time.monotonic()
        running = subprocess.Popen(
            command,
            cwd=study.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        log = _Log(running)
        log.wait_for_a_job()
        try:
            running.wait(moments.uniform(shortest, longest))
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            kills.append(Kill(time.monotonic() - start, log.finished, log.at_work(time.monotonic())))
        else:
            assert running.returncode == 0, "".join(log.lines[-40:])
            break
    return kills


class _Log:
    """Reads what Snakemake prints while it runs: which jobs have begun and ended."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self.finished = 0
        self._begun: dict[str, tuple[str, float]] = {}
        self._rule = ""
        self._has_begun = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(running,), daemon=True)
        self._reader.start()

    def wait_for_a_job(self) -> None:
        """Wait until a job has begun or none ever will."""
        self._has_begun.wait()

    def at_work(self, now: float) -> dict[str, float]:
        self._reader.join()
        return {rule: now - begun for rule, begun in self._begun.values()}

    def _read(self, running: subprocess.Popen[str]) -> None:
        assert running.stdout is not None
        for line in running.stdout:
            self.lines.append(line)
            if found := re.match(r"(?:local)?rule (\w+):", line):
                self._rule = found[1]
            elif found := re.match(r"    jobid: (\d+)", line):
                self._begun[found[1]] = (self._rule, time.monotonic())
                self._has_begun.set()
            elif found := re.match(r"Finished jobid: (\d+)", line):
                self.finished += 1
                self._begun.pop(found[1], None)
        self._has_begun.set()
