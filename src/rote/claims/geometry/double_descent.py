"""Claims on networks of several widths (Figs 4C to 4E)."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from rote.claims.intervals import Interval, bootstrapped, over_seeds
from rote.claims.measured import Measured
from rote.claims.peaks import misfit, peak_above_noise
from rote.claims.verdicts import Claim

PAPER = "geometry"
UNCHANGED = 0.1  # of a quantity's own mean: a smaller misfit is called monotone
N_RESAMPLES, N_NULL = 200, 200
Floats = NDArray[np.float64]

WORDS = {
    "test_error": "test error",
    "dimension": "dimension of the test images' manifolds",
    "relative_radius": "radius of the test images' manifolds",
    "center_correlation": "correlation of their centres",
}


def _descends(name: str, quantity: str, figure: str) -> Claim:
    return Claim(
        name,
        PAPER,
        f"At the last epoch the {WORDS[quantity]} descends twice with the number of parameters.",
        f"height of the peak of the {WORDS[quantity]} between a valley and a descent, mean over seeds − height that "
        "noise of the seeds gives a monotone curve with probability 0.025",
        figure,
        lower=0,
        control="the best epoch of the same networks",
    )


def _monotone(name: str, quantity: str, at: str, figure: str) -> Claim:
    return Claim(
        name,
        PAPER,
        f"At the {at} epoch the {WORDS[quantity]} rises or falls with the number of parameters throughout.",
        f"root mean square distance of the {WORDS[quantity]} from the nearest monotone curve ÷ its mean",
        figure,
        upper=UNCHANGED,
        control="test error at the last epoch",
    )


ERROR_DESCENDS_TWICE = _descends("C17.error", "test_error", "Fig. 4C")
DIMENSION_DESCENDS_TWICE = _descends("C17.dimension", "dimension", "Fig. 4E")
MONOTONE = (
    (_monotone("C17.radius", "relative_radius", "last", "Fig. 4D"), "relative_radius", "last"),
    (_monotone("C17.correlation", "center_correlation", "last", "Fig. 4D"), "center_correlation", "last"),
    (_monotone("C17.best_error", "test_error", "best", "Fig. 4C"), "test_error", "best"),
    (_monotone("C17.best_dimension", "dimension", "best", "Fig. 4E"), "dimension", "best"),
)
TOGETHER = Claim(
    "C18",
    PAPER,
    "Over widths, test error and dimension go together at the last epoch.",
    "Spearman's ρ over widths between test error and dimension of the test images' manifolds, mean over seeds",
    "Figs 4C, 4E",
    lower=0,
    control="the best epoch of the same networks",
)


def on_widths(widths: pd.DataFrame, generator: np.random.Generator) -> Iterator[Measured]:
    """Claims C17 and C18.

    Parameters
    ----------
    widths : DataFrame
        WIDTHS of networks of several widths, each with the same seeds.
    generator : numpy.random.Generator
        Of the bootstrap over seeds and of the null.

    Yields
    ------
    Measured
        None on quantities that were measured of no run; not defined for one that was not measured of every run.
    """

    def curves(quantity: str, at: str) -> Floats:
        rows = widths[widths["at"] == at]
        wide = rows.pivot(index="seed", columns="parameters", values=quantity)
        return wide.to_numpy(np.float64)

    def above_noise(quantity: str, at: str) -> Interval:
        return _bootstrapped(curves(quantity, at), partial(_height, generator=generator), generator)

    is_measured = {quantity: bool(widths[quantity].notna().any()) for quantity in WORDS}
    for claim, quantity in ((ERROR_DESCENDS_TWICE, "test_error"), (DIMENSION_DESCENDS_TWICE, "dimension")):
        if is_measured[quantity]:
            yield Measured(claim, above_noise(quantity, "last"), above_noise(quantity, "best"))
    control = _bootstrapped(curves("test_error", "last"), _relative_misfit, generator)
    for claim, quantity, at in MONOTONE:
        if is_measured[quantity]:
            yield Measured(claim, _bootstrapped(curves(quantity, at), _relative_misfit, generator), control)
    if is_measured["dimension"]:
        yield Measured(TOGETHER, *(over_seeds(_rank_correlations(curves, at)) for at in ("last", "best")))


def _bootstrapped(curves: Floats, statistic: Callable[[Floats], float], generator: np.random.Generator) -> Interval:
    if not np.isfinite(curves).all() or len(curves) < 2 or curves.shape[1] < 3:
        return Interval(np.nan, np.nan, np.nan, len(curves))
    return bootstrapped(curves, statistic, generator, n_resamples=N_RESAMPLES)


def _height(curves: Floats, generator: np.random.Generator) -> float:
    return peak_above_noise(curves, generator, n_resamples=N_NULL)


def _relative_misfit(curves: Floats) -> float:
    mean = curves.mean(axis=0)
    return misfit(mean) / abs(float(mean.mean()))


def _rank_correlations(curves: Callable[[str, str], Floats], at: str) -> list[float]:
    """Of test error and dimension over widths, for each seed."""
    pairs = zip(curves("test_error", at), curves("dimension", at), strict=True)
    return [float(spearmanr(*pair).statistic) if np.isfinite(pair).all() else np.nan for pair in pairs]
