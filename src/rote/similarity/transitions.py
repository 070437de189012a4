"""Transitions: the epochs that delimit the similarity blocks of a run's CKA map, and how sure they are.

The map on an even grid of log-epoch is cut into blocks by `rote.similarity.segmentation`. Any map whose similarity
falls with distance is better cut than whole; so the scatter left by m transitions, r(m), as a share of the whole
map's, is compared with that of **stationary drift**: the map whose similarity depends on distance in log-epoch alone
and is, at each distance, the mean of the real one. As in the gap statistic (Tibshirani, Walther and Hastie 2001;
without logarithm, Mohajer, Englmeier and Schmitz 2011), reference maps are drawn (the drift plus the sampling noise of
the images), and the number chosen is the m with the largest

    mean r_drift(m) − r(m) − 1.64 s(m) − 0.03 m,     0 for m = 0,

s the standard deviation of r_drift over the reference maps: one-sided 95 % sure, and each transition has to explain 3 %
of the scatter more than drift does. A speed of drift that changes smoothly by a factor of four gains less than that.

The noise of the images is that of half samples: half of each batch, drawn without replacement, from whose Gram
matrices the map is computed again. The deviations of such maps from their mean have the variance of the whole sample's
(Politis, Romano and Wolf 1999, with n/2 of n).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rote import tables
from rote.config.training_dynamics import Transitions as TransitionOptions
from rote.errors import DataError
from rote.job import Job
from rote.progress import track
from rote.seeds import Seeds
from rote.similarity import rows
from rote.similarity.averaging import Batches, scales
from rote.similarity.cka import FEWEST_EXAMPLES, Estimator, centred_for
from rote.similarity.epoch_cka import epoch_cka
from rote.similarity.log_epoch import even_grid, log_epoch
from rote.similarity.rows import RESOLUTION, GramRows
from rote.similarity.segmentation import SHORTEST, scatters, segmentations
from rote.tables.dynamics import TRANSITION_NUMBERS, TRANSITIONS, repeated

SURE = 1.64  # standard deviations: one-sided 95 %
LEAST_GAIN = 0.03
NEARBY = 0.25  # decades within which two transitions are the same
USUAL = TransitionOptions()
ACCURACY = 1e-6  # of a map: scatter per epoch below it is none


@dataclass(frozen=True)
class Numbers:
    """How well a map is cut by m = 0, 1, … transitions, float64 (M+1,) each.

    Attributes
    ----------
    scatter : ndarray
        Share of the map's scatter that is left.
    null_scatter, null_deviation : ndarray
        Mean and standard deviation of the same over reference maps of stationary drift.
    """

    scatter: NDArray[np.float64]
    null_scatter: NDArray[np.float64]
    null_deviation: NDArray[np.float64]

    def best(self, scatter: NDArray[np.float64] | None = None) -> int:
        """Number of transitions by the module's criterion, for this map's scatter or another's."""
        gap = self.null_scatter - (self.scatter if scatter is None else scatter)
        return int(np.argmax(gap - SURE * self.null_deviation - LEAST_GAIN * np.arange(len(gap))))


@dataclass(frozen=True)
class Transitions:
    """Transitions of one map, T of them.

    Attributes
    ----------
    boundaries : ndarray
        First point of each new block, int64 (T,).
    low, high : ndarray
        5 % and 95 % quantiles of the boundaries over subsamples, T transitions in each, int64 (T,).
    support : ndarray
        Fraction of subsamples that, choosing anew how many, have a transition nearby, float64 (T,).
    gain, null_gain : ndarray
        Share of the scatter that is saved by each boundary, the others staying, in the map and in the drift, (T,).
    numbers : Numbers
    number_support : ndarray
        Fraction of subsamples that choose m = 0, 1, … transitions, float64 (M+1,).
    """

    boundaries: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    support: NDArray[np.float64]
    gain: NDArray[np.float64]
    null_gain: NDArray[np.float64]
    numbers: Numbers
    number_support: NDArray[np.float64]


def stationary_drift(similarity: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map whose similarity depends on distance alone: the mean of the given one at each distance.

    Parameters
    ----------
    similarity : ndarray
        Symmetric (G, G).
    places : ndarray
        Of the points on the log-epoch axis, ascending, (G,). Distances are rounded to multiples of the mean spacing; on
        an even grid, the result is a Toeplitz matrix.

    Returns
    -------
    ndarray
        Float64 (G, G), of the same sum.
    """
    spacing = (places[-1] - places[0]) / (len(places) - 1)
    distance = np.maximum(np.rint(np.abs(places[:, None] - places) / spacing), 1).astype(np.int64)
    np.fill_diagonal(distance, 0)
    count = np.bincount(distance.ravel())
    total = np.bincount(distance.ravel(), similarity.ravel())
    return np.asarray((total / np.maximum(count, 1))[distance], np.float64)


def transitions(
    similarity: NDArray[np.float64],
    resampled: NDArray[np.float64],
    places: NDArray[np.float64],
    *,
    max_transitions: int = 5,
) -> Transitions:
    """Find the transitions of a map.

    Parameters
    ----------
    similarity : ndarray
        Map on the grid, symmetric (G, G).
    resampled : ndarray
        The same of S half samples of the images, (S, G, G).
    places : ndarray
        Of the grid's points on the log-epoch axis, ascending, (G,).
    max_transitions : int
        Largest number of transitions to consider.

    Returns
    -------
    Transitions
    """
    max_transitions = min(max_transitions, len(similarity) // SHORTEST - 1)
    drift = stationary_drift(similarity, places)
    scatter, found = _cut(similarity, max_transitions)
    null = np.array([_cut(drift + noise, max_transitions)[0] for noise in resampled - resampled.mean(0)])
    numbers = Numbers(scatter, null.mean(0), null.std(0, ddof=1))
    boundaries = np.array(found[numbers.best()], np.int64)

    again = [_cut(one, max_transitions) for one in resampled]
    chosen = [numbers.best(left) for left, _ in again]
    of_same_number = np.array([cuts[len(boundaries)] for _, cuts in again]).reshape(len(again), len(boundaries))
    nearby = [
        [any(abs(places[cut] - places[boundary]) <= NEARBY for cut in cuts[number]) for boundary in boundaries]
        for number, (_, cuts) in zip(chosen, again, strict=True)
    ]
    low, high = np.quantile(of_same_number, [0.05, 0.95], axis=0, method="nearest").astype(np.int64)
    return Transitions(
        boundaries=boundaries,
        low=low,
        high=high,
        support=np.mean(np.array(nearby).reshape(len(again), len(boundaries)), axis=0),
        gain=_gains(similarity, boundaries),
        null_gain=_gains(drift, boundaries),
        numbers=numbers,
        number_support=np.bincount(chosen, minlength=max_transitions + 1) / len(chosen),
    )


def resampled_maps(
    grid: GramRows, halves: NDArray[np.int64], *, estimator: Estimator, batches: Batches
) -> NDArray[np.float64]:
    """CKA maps of half samples of the images.

    Parameters
    ----------
    grid : GramRows
        Of G networks.
    halves : ndarray
        S samples: of every batch the places of half of its images, int64 (S, batches, n/2).
    estimator, batches : str
        See `rote.similarity.epoch_cka`.

    Returns
    -------
    ndarray
        Float64 (S, G, G), NaN where the representation of either network is constant in a half.
    """
    n_samples = len(halves)
    if not len(grid):
        return np.empty((n_samples, 0, 0))
    products = torch.empty(n_samples, grid.n_batches, len(grid), len(grid), dtype=torch.float64)
    norms = torch.empty(n_samples, grid.n_batches, len(grid), dtype=torch.float64)
    for batch in range(grid.n_batches):
        matrices = torch.stack([grid.matrix(network, batch) for network in range(len(grid))])
        for sample, chosen in enumerate(torch.from_numpy(halves[:, batch])):
            parts = centred_for(estimator, matrices[:, chosen[:, None], chosen]).flatten(1)
            size = torch.linalg.vector_norm(parts, dim=1, dtype=torch.float64)
            size[size < RESOLUTION] = np.nan
            unit = parts / size[:, None].float()
            products[sample, batch] = unit @ unit.T
            norms[sample, batch] = size * grid.norms[:, batch, 0]
    maps = torch.empty(n_samples, len(grid), len(grid), dtype=torch.float64)
    for one, product, norm in zip(maps, products, norms, strict=True):
        scale = scales(norm, batches)
        one.copy_((product * scale[:, :, None] * scale[:, None]).sum(0))
        one.diagonal()[one.diagonal().isfinite()] = 1
    return maps.numpy()


def find_transitions(
    manifest: Path,
    output: Path,
    numbers: Path,
    *,
    estimator: Estimator,
    batches: Batches,
    options: TransitionOptions = USUAL,
    perfect_fitting_epoch: int | None = None,
    job: Job,
) -> None:
    """Find each tap's transitions; write a TRANSITIONS table, and in `numbers` a TRANSITION_NUMBERS table.

    An epoch at which a representation is constant on a half sample is left out: what little it knows of the images is
    no ground for a transition. A tap with fewer than two epochs has no transition, no support and no numbers.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    output, numbers : Path
    estimator, batches
        As in `rote.similarity.compare.compare_epochs`, errors too.
    options : TransitionOptions
        Epochs for each factor of ten (see `rote.similarity.log_epoch.even_grid`), largest number of transitions to
        consider, number of half samples.
    perfect_fitting_epoch : int, optional
        Written beside each transition.
    job : Job
        The half samples of the images follow from its seed. No device is asked for.

    Raises
    ------
    DataError
        If the batches are too small to be halved.
    """
    names = rows.taps(manifest)
    recorded = job.recorded(estimator=estimator, batches=batches)
    with (
        tables.writing(output, TRANSITIONS, recorded) as table,
        tables.writing(numbers, TRANSITION_NUMBERS, recorded) as numbers_table,
    ):
        for tap in track(names, "transitions", unit="tap"):
            of_tap = rows.load(manifest, tap, estimator=estimator)
            if of_tap.n // 2 < FEWEST_EXAMPLES[estimator]:
                raise DataError(
                    f"a batch has {of_tap.n} images, too few to be halved for transitions. Draw larger batches."
                )
            grid = of_tap[even_grid(of_tap.epochs, options.epochs_per_decade)]
            halves = _halves(job, options.samples, of_tap.n_batches, of_tap.n)
            resampled = resampled_maps(grid, halves, estimator=estimator, batches=batches)
            varied = np.isfinite(resampled.diagonal(axis1=1, axis2=2)).all(0)
            grid, resampled = grid[np.flatnonzero(varied)], resampled[:, varied][:, :, varied]
            if len(grid) < 2:
                table.append(_no_transitions(tap, names, perfect_fitting_epoch))
                continue
            similarity = epoch_cka(grid, estimator=estimator, batches=batches).cka
            places, most = log_epoch(grid.epochs), options.max_transitions
            found = transitions(similarity, resampled, places, max_transitions=most)
            table.append(_transition_rows(tap, names, grid.epochs.astype(np.int32), found, perfect_fitting_epoch))
            count = len(found.numbers.scatter)
            numbers_table.append(
                {
                    "tap": repeated(tap, count, names),
                    "transitions": np.arange(count, dtype=np.int32),
                    "scatter": found.numbers.scatter,
                    "null_scatter": found.numbers.null_scatter,
                    "null_deviation": found.numbers.null_deviation,
                    "chosen": np.arange(count) == len(found.boundaries),
                    "support": found.number_support,
                }
            )


def _halves(seeds: Seeds, samples: int, n_batches: int, n: int) -> NDArray[np.int64]:
    """Samples, each half of every batch without replacement, the same for all networks and taps, (S, batches, n/2)."""
    return np.array(
        [
            [seeds.generator(f"half of batch {batch}", sample).permutation(n)[: n // 2] for batch in range(n_batches)]
            for sample in range(samples)
        ]
    )


def _no_transitions(tap: str, names: Sequence[str], perfect_fitting_epoch: int | None) -> dict[str, Any]:
    """The one row of a tap that has too few epochs to look for any."""
    nothing = {column.name: [None] for column in TRANSITIONS.columns}
    return {**nothing, "tap": repeated(tap, 1, names), "perfect_fitting_epoch": [perfect_fitting_epoch]}


def _transition_rows(
    tap: str, names: Sequence[str], epochs: NDArray[np.int32], found: Transitions, perfect_fitting_epoch: int | None
) -> dict[str, Any]:
    some = len(found.boundaries) > 0
    count = max(len(found.boundaries), 1)
    return {
        "tap": repeated(tap, count, names),
        "transition_epoch": epochs[found.boundaries] if some else [None],
        "epoch_low": epochs[found.low] if some else [None],
        "epoch_high": epochs[found.high] if some else [None],
        "support": found.support if some else found.number_support[:1],
        "gain": found.gain if some else [None],
        "null_gain": found.null_gain if some else [None],
        "perfect_fitting_epoch": [perfect_fitting_epoch] * count,
    }


def _cut(similarity: NDArray[np.float64], max_transitions: int) -> tuple[NDArray[np.float64], list[list[int]]]:
    """Share of scatter left by 0 … `max_transitions` boundaries, and these.

    A map without scatter is whole whatever is cut.
    """
    total, boundaries = segmentations(scatters(similarity), max_transitions)
    whole = total[0]
    return (total / whole if whole > ACCURACY * len(similarity) else np.ones_like(total)), boundaries


def _gains(similarity: NDArray[np.float64], boundaries: NDArray[np.int64]) -> NDArray[np.float64]:
    scatter = scatters(similarity)
    edges = np.array([0, *boundaries, len(similarity)])
    start, cut, end = edges[:-2], edges[1:-1], edges[2:]
    return np.asarray((scatter[start, end] - scatter[start, cut] - scatter[cut, end]) / scatter[0, -1], np.float64)
