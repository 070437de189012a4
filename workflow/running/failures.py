"""What a failed job said, and what to do about it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

N_LAST = 3  # lines of a log that are shown where it holds no error of ours
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
    message, remedy = _from_log(Path(logs[0])) if fresh and logs else (None, None)
    if message is None:
        message = "it ended without a word in its log" + ("" if cluster else ": it was killed, or it never began")
        remedy = "see the run's log, and whether memory or time ran out"
    said = f"{message} ({' '.join(cluster.split())})" if cluster else message
    return Failure(job, said, remedy or "", tuple(logs))


def _from_log(log: Path) -> tuple[str | None, str | None]:
    """The one clear error of a log, or the last lines of its traceback or of whatever it holds."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").splitlines()
    except OSError:
        return None, None
    for place in range(len(lines) - 1, -1, -1):
        if lines[place].startswith(ERROR):
            return "\n".join(lines[place:]).removeprefix(ERROR).strip(), "mend that, then run again"
        if lines[place] == TRACEBACK:
            said = [line for line in lines[place + 1 :] if line.strip()]
            return "\n".join(said[-N_LAST:]), "this is a fault of the code: report it with the log"
    said = [line for line in lines if line.strip()]
    if not said:
        return None, None
    return "\n".join(said[-N_LAST:]), "its log ends here: it was killed. See whether memory or time ran out"


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
