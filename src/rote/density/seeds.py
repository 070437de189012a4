"""Does a class's group depend on the seed of training: groups and mean log densities of runs, two at a time."""

from collections.abc import Mapping, Sequence
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
from rote.tables.frames import gather

Floats = NDArray[np.float64]
Classes = dict[int, tuple[str, float]]  # group and mean log density of each class

PANEL = ("run", "protocol", "tap")


def compare_seeds(
    *,
    class_densities: Sequence[Path],
    groups: Sequence[Path],
    output: Path,
    runs: Sequence[str],
    taps: Sequence[str],
    job: Job,
) -> None:
    """Compare every two of several runs that differ in their seed alone, at every tap and under every protocol.

    Parameters
    ----------
    class_densities, groups : sequence of Path
        CLASS_DENSITIES and GROUPS tables of every run, protocol and tap, in any order.
    output : Path
        GROUP_AGREEMENTS table to write: protocols in the order of their names.
    runs, taps : sequence of str
        Names, in the order of the rows to write.
    job : Job
        Seeds of the bootstrap over classes follow from it, the two runs, the protocol and the tap.

    Raises
    ------
    ConfigError
        If there are fewer than two runs.
    DataError, TableError
        If two runs have different classes, or a table cannot be read, is absent or there twice; the message names them.
    """
    if len(runs) < 2:
        raise ConfigError(f"seeds are compared between runs, and only {', '.join(runs) or 'none'} is given: name two")
    found = _by_panel(class_densities, groups)
    protocols = sorted({protocol for _, protocol, _ in found})
    rows = []
    for (run, other_run), protocol, tap in product(combinations(runs, 2), protocols, taps):
        one, other = (_classes(found, name, protocol, tap) for name in (run, other_run))
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


def _by_panel(class_densities: Sequence[Path], groups: Sequence[Path]) -> dict[tuple[str, str, str], Classes]:
    """Classes of each run, protocol and tap, of all pooled chains together."""
    densities = gather(class_densities, CLASS_DENSITIES, PANEL)
    joined = densities[densities["chain"].isna()].merge(gather(groups, GROUPS, PANEL), on=[*PANEL, "class"])
    names = [*PANEL, "class", "group", "mean_log_density"]
    found: dict[tuple[str, str, str], Classes] = {}
    for run, protocol, tap, label, group, mean in zip(*(joined[name].tolist() for name in names), strict=True):
        found.setdefault((run, protocol, tap), {})[label] = group, mean
    return found


def _classes(found: Mapping[tuple[str, str, str], Classes], run: str, protocol: str, tap: str) -> Classes:
    if (run, protocol, tap) not in found:
        raise DataError(
            f"no class of {run} at {tap} under {protocol} is given: give the tables of all that is compared"
        )
    return found[run, protocol, tap]


def _comparison(one: Classes, other: Classes, draws: np.random.Generator) -> list[float | None]:
    """Share of classes grouped alike, its kappa, rank correlation and its interval; None where undefined."""
    groups, means = zip(*(one[label] for label in sorted(one)), strict=True)
    other_groups, other_means = zip(*(other[label] for label in sorted(one)), strict=True)
    agreed = agreement(groups, other_groups)
    correlation = rank_correlation(np.array(means), np.array(other_means), draws)
    return [None if np.isnan(value) else value for value in (agreed.share, agreed.kappa, *correlation)]
