"""How long jobs took, from Snakemake's benchmark files."""

import statistics
from functools import cache
from pathlib import Path

RESULTS = Path("results")


def seconds_in(benchmark: Path) -> list[float]:
    """Wall time of each repeat that a benchmark file holds, in seconds; empty where there is no whole file."""
    try:
        _, *lines = benchmark.read_text(encoding="utf-8").splitlines()
        return [float(line.split()[0]) for line in lines]
    except (OSError, ValueError, IndexError):
        return []


class Measured:
    """Times of earlier jobs of one study.

    Parameters
    ----------
    study : str
        The configuration's name; its benchmarks lie in results/STUDY/benchmarks/RULE.
    """

    def __init__(self, study: str) -> None:
        self.folder = RESULTS / study / "benchmarks"
        self.of_rule = cache(self._of_rule)

    def of_job(self, benchmark: Path) -> float | None:
        """What the same job took last time, in seconds, if it has run."""
        return _median(seconds_in(benchmark))

    def _of_rule(self, rule: str) -> float | None:
        """Median of the jobs of a rule, in seconds, if any has run."""
        return _median([seconds for path in (self.folder / rule).glob("**/*.tsv") for seconds in seconds_in(path)])


def in_words(seconds: float) -> str:
    """A duration to the precision of an estimate: 40 s, 12 min, 3.5 h, 4 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def _median(seconds: list[float]) -> float | None:
    return statistics.median(seconds) if seconds else None
