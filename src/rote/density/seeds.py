"""Does a class's group depend on the seed of training: groups and mean log densities of runs, two at a time."""

from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.density.gap import agreement
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.rank_correlation import rank_correlation
from rote.tables.density import CLASS_DENSITIES, GROUP_AGREEMENTS, GROUPS

Floats = NDArray[np.float64]
Classes = dict[int, tuple[str, float]]  # group and mean log density of each class


def compare_seeds(
    *,
    class_densities: Sequence[Path],
    groups: Sequence[Path],
    output: Path,
    runs: Sequence[str],
    protocols: Sequence[str],
    taps: Sequence[str],
    job: Job,
) -> None:
    """Compare every two of several runs that differ in their seed alone, at every tap and under every protocol.

    Parameters
    ----------
    class_densities, groups : sequence of Path
        CLASS_DENSITIES and GROUPS tables: of all taps of the first run's first protocol, then of its next protocol,
        then of the next run.
    output : Path
        GROUP_AGREEMENTS table to write.
    runs, protocols, taps : sequence of str
        Names, in the order of the tables.
    job : Job
        Seeds of the bootstrap over classes follow from it, the two runs, the protocol and the tap.

    Raises
    ------
    ConfigError
        If there are fewer than two runs.
    DataError, TableError
        If two runs have different classes, or a table cannot be read; the message names them.
    """
    if len(runs) < 2:
        raise ConfigError(f"seeds are compared between runs, and only {', '.join(runs) or 'none'} is given: name two")
    panels = product(runs, protocols, taps)
    found = {panel: _by_class(*paths) for panel, *paths in zip(panels, class_densities, groups, strict=True)}
    rows = []
    for (run, other_run), protocol, tap in product(combinations(runs, 2), protocols, taps):
        one, other = found[run, protocol, tap], found[other_run, protocol, tap]
        if alone := one.keys() ^ other.keys():
            raise DataError(
                f"only one of {run} and {other_run} has the class(es) {', '.join(map(str, sorted(alone)))} at {tap}: "
                "compare runs on the same data set"
            )
        draws = job.within(f"{run}, {other_run}, {protocol}, {tap}").generator("rank correlation")
        rows.append([run, other_run, protocol, tap, *_comparison(one, other, draws), len(one)])
    names = [column.name for column in GROUP_AGREEMENTS.columns]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    tables.write(output, GROUP_AGREEMENTS, columns, job.recorded())


def _by_class(class_densities: Path, groups: Path) -> Classes:
    densities = tables.read(class_densities, CLASS_DENSITIES).to_pylist()
    means = {row["class"]: row["mean_log_density"] for row in densities if row["chain"] is None}
    return {row["class"]: (row["group"], means[row["class"]]) for row in tables.read(groups, GROUPS).to_pylist()}


def _comparison(one: Classes, other: Classes, draws: np.random.Generator) -> list[float | None]:
    """Share of classes grouped alike, its kappa, rank correlation and its interval; None where undefined."""
    groups, means = zip(*(one[label] for label in sorted(one)), strict=True)
    other_groups, other_means = zip(*(other[label] for label in sorted(one)), strict=True)
    agreed = agreement(groups, other_groups)
    correlation = rank_correlation(np.array(means), np.array(other_means), draws)
    return [None if np.isnan(value) else value for value in (agreed.share, agreed.kappa, *correlation)]
