"""What a failed job said, and what to do about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

N_LAST = 3  # lines of a log that are shown where it holds no error of ours
MEND = "mend that, then run again"
REPORT = "this is a fault of the code: report it with the log"
KILLED = "it was killed, or never began: see whether memory or time ran out, and the log of the run"
ERROR, TRACEBACK = "Error: ", "Traceback (most recent call last):"  # as rote.job writes them


@dataclass(frozen=True)
class Failure:
    """A job that failed: its rule with its wildcards, what it said, what to do, and where its logs lie."""

    job: str
    message: str
    remedy: str
    logs: tuple[str, ...]


def failure(job: str, logs: Sequence[str], fresh: bool, cluster: str | None = None) -> Failure:
    """What is known of a failed job.

    Parameters
    ----------
    job : str
        Rule and wildcards.
    logs : sequence of str
        Its log, then a cluster's, where there is one.
    fresh : bool
        Whether this attempt wrote the log: otherwise it tells of an earlier one.
    cluster : str, optional
        What the cluster says of the job's end.
    """
    message, remedy = _from_log(Path(logs[0])) if fresh and logs else ("", KILLED)
    if remedy == KILLED:
        message = message or "it ended without a word in its log"
        message += f" ({' '.join(cluster.split())})" if cluster else ""
    return Failure(job, message, remedy, tuple(logs))


def _from_log(log: Path) -> tuple[str, str]:
    """What a log ends with, and what to do: the one clear error, or the last lines of its traceback or of the log."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return "", KILLED
    for place in range(len(lines) - 1, -1, -1):
        if lines[place].startswith(ERROR):
            return "\n".join(lines[place:]).removeprefix(ERROR).strip(), MEND
        if lines[place] == TRACEBACK:
            said = [line for line in lines[place + 1 :] if line.strip()]
            return "\n".join(said[-N_LAST:]), REPORT
    said = [line for line in lines if line.strip()]
    return "\n".join(said[-N_LAST:]), KILLED


def summary(failures: Sequence[Failure]) -> str:
    """All failed jobs; those that said the same are one entry."""
    alike = defaultdict(list)
    for one in failures:
        alike[one.message, one.remedy].append(one)
    number = "1 job failed:" if len(failures) == 1 else f"{len(failures)} jobs failed:"
    return "\n\n".join([number, *map(described, alike.values())])


def described(alike: Sequence[Failure]) -> str:
    """Failed jobs that said the same: the first by name, its message, what to do, its logs."""
    first = alike[0]
    others = f" and {len(alike) - 1} more ({', '.join(one.job for one in alike[1:4])}{', …' * (len(alike) > 4)})"
    lines = [f"{first.job}{others * (len(alike) > 1)}:", *first.message.splitlines(), f"→ {first.remedy}"]
    return "\n".join(["  " + lines[0], *("    " + line for line in [*lines[1:], f"  log: {', '.join(first.logs)}"])])
