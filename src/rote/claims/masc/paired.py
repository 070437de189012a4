"""Intervals of differences on the same images: over seeds where there are enough runs, else over the images."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rote.claims.intervals import Interval, over_seeds
from rote.claims.measured import Measured
from rote.claims.verdicts import FEWEST, Claim

Floats = NDArray[np.float64]
Run = TypeVar("Run")


def paired(values: Sequence[Floats]) -> Interval:
    """Mean over runs and images of a value that each image has in each run, with Student's t interval.

    Runs of one experiment are tested on the same images. With four and more the interval is over their means. With
    fewer it is over images, each with its mean over runs: it tells what other images would say of these networks, and
    not what other seeds would.

    Parameters
    ----------
    values : sequence of ndarray, each (n,), float64
        Of each run, image by image: differences of two classifiers' right and wrong, for example. NaN where an image
        does not count in a run.

    Returns
    -------
    Interval
        NaN throughout if no image counts.
    """
    longest = max(map(len, values))
    rows = np.array([np.pad(one, (0, longest - len(one)), constant_values=np.nan) for one in values])
    counted = ~np.isnan(rows)
    if not counted.any(axis=1).all():
        return over_seeds([np.nan] * len(rows))
    if len(rows) >= FEWEST:
        return over_seeds([row[known].mean() for row, known in zip(rows, counted, strict=True)])
    known = counted.any(axis=0)
    return over_seeds(np.nanmean(rows[:, known], axis=0), unit="images")


def compared(
    claim: Claim, runs: Sequence[Run], value: Callable[[Run], Floats], control: Callable[[Run], Floats] | None = None
) -> Measured:
    """A claim with the interval of a value of each run's images, and of the control's: see `paired`."""
    return Measured(
        claim, paired(list(map(value, runs))), None if control is None else paired(list(map(control, runs)))
    )
