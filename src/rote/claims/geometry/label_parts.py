"""Claims on the label-dependent and label-independent parts of the gradient (Figs 5, A.1, A.12 to A.14).

Ratios of norms are natural logarithms; the parts are centred over classes (Eq. 15).
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rote.claims.intervals import Interval
from rote.claims.measured import Measured, of_each_run
from rote.claims.verdicts import Claim

PAPER = "geometry"
EARLY = 3  # epochs
ALIKE = 0.5  # of a log ratio: a factor of 1.65
LARGER = 0.1  # of a log ratio: less is no difference
Norms = pd.DataFrame  # by epoch, a column for each layer

PARTS_ADD_UP = Claim(
    "Claim 1",
    PAPER,
    "The gradient is the sum of its label-dependent and its label-independent part.",
    "largest distance of |gradient|² from the squared length of the parts' sum, relative to the squares of both parts",
    "Eq. 6",
    upper=1e-6,
    control="none: it is an identity",
)
DEPENDENT_UNPERMUTED = Claim(
    "C19",
    PAPER,
    "Early on, the label-dependent part is larger for unpermuted than for permuted examples.",
    "median over layers and epochs 1 to 3 of log (dependent part, unpermuted ÷ permuted)",
    "Fig. 5F",
    lower=LARGER,
    control="the label-independent part",
)
IN_MOST_LAYERS = Claim(
    "C19.layers",
    PAPER,
    "It is so in most layers.",
    "share of layers and epochs 1 to 3 in which the log ratio is above 0",
    "Fig. 5F",
    lower=0.8,
    control="the label-independent part",
)
ALIKE_LATE = Claim(
    "C19.late",
    PAPER,
    "After memorization the label-dependent parts of unpermuted and permuted examples are alike.",
    "median over layers of log (dependent part, unpermuted ÷ permuted) at the last epoch",
    "Fig. 5F",
    lower=-ALIKE,
    upper=ALIKE,
    control="epochs 1 to 3",
)
DEPENDENT_DOMINATES = Claim(
    "C20.unpermuted",
    PAPER,
    "Early on, the label-dependent part of unpermuted examples is larger than the label-independent one.",
    "median over layers and epochs 1 to 3 of log (dependent ÷ independent part), unpermuted",
    "Fig. 5D",
    lower=LARGER,
    control="the last epoch",
)
INDEPENDENT_DOMINATES = Claim(
    "C20.permuted",
    PAPER,
    "Early on, the label-dependent part of permuted examples is smaller than the label-independent one.",
    "median over layers and epochs 1 to 3 of log (dependent ÷ independent part), permuted",
    "Fig. 5E",
    upper=-LARGER,
    control="unpermuted examples",
)
INDEPENDENT_ALIKE = Claim(
    "C21",
    PAPER,
    "At every epoch the label-independent parts of unpermuted and permuted examples are alike.",
    "median over layers of log (independent part, unpermuted ÷ permuted), at the epoch where it is farthest from 0",
    "Fig. 5G",
    lower=-ALIKE,
    upper=ALIKE,
    control="the label-dependent part",
)
NOT_VANISHING = Claim(
    "C22",
    PAPER,
    "Gradients of early layers do not vanish while the labels are fitted.",
    "log (gradient norm, geometric mean over the first third of the layers ÷ over the last), median over epochs",
    "Fig. 5A",
    lower=float(np.log(0.1)),
    control="none: a ratio of two parts of the same networks",
)
GRADIENTS_ALIKE = Claim(
    "5B.late",
    PAPER,
    "Late in training the gradients of unpermuted and permuted examples are alike.",
    "median over layers of log (gradient norm, unpermuted ÷ permuted) at the last epoch",
    "Figs 5B, 5C",
    lower=-ALIKE,
    upper=ALIKE,
    control="epochs 1 to 3",
)
PARTS_CANCEL = Claim(
    "A.1.cancel",
    PAPER,
    "After memorization the parts of permuted examples' gradients are large and cancel.",
    "median over layers of the cosine between the parts at the last epoch, permuted",
    "Fig. A.1",
    upper=-0.9,
    control="epochs 1 to 3",
)
LATE_LAYERS_NOT_NEGLIGIBLE = Claim(
    "A.12.late",
    PAPER,
    "In the last layers the label-dependent part of permuted examples is not negligible, even early.",
    "median over the last third of the layers and epochs 1 to 3 of log (dependent ÷ independent part), permuted",
    "Figs A.12, A.14",
    lower=float(np.log(0.1)),
    control="none: early layers may or may not follow",
)


def on_label_parts(parts: pd.DataFrame) -> Iterator[Measured]:
    """Claims 1, C19 to C22 and those of Figs 5B, A.1 and A.12.

    Parameters
    ----------
    parts : DataFrame
        LABEL_PARTS of all runs of an experiment, with ``run``, centred by classes; epochs before the first are left
        aside, as the untrained network's batch norms have no statistics of their own.

    Yields
    ------
    Measured
        Those on unpermuted and permuted examples are not defined for a run that lacks either.
    """
    trained = parts[parts["epoch"] > 0]

    def mean(statistic: Callable[[pd.DataFrame], float]) -> Interval:
        return of_each_run(trained, statistic)

    dependent, independent, total = (
        partial(_between_groups, column=name) for name in ("dependent", "independent", "gradient")
    )
    unpermuted, permuted = (partial(_between_parts, group=name) for name in ("unpermuted", "permuted"))
    yield Measured(PARTS_ADD_UP, mean(_residual))
    yield Measured(DEPENDENT_UNPERMUTED, mean(_early_median(dependent)), mean(_early_median(independent)))
    yield Measured(IN_MOST_LAYERS, mean(_early_share(dependent)), mean(_early_share(independent)))
    yield Measured(ALIKE_LATE, mean(_last_median(dependent)), mean(_early_median(dependent)))
    yield Measured(DEPENDENT_DOMINATES, mean(_early_median(unpermuted)), mean(_last_median(unpermuted)))
    yield Measured(INDEPENDENT_DOMINATES, mean(_early_median(permuted)), mean(_early_median(unpermuted)))
    yield Measured(INDEPENDENT_ALIKE, mean(_farthest(independent)), mean(_farthest(dependent)))
    yield Measured(NOT_VANISHING, mean(_first_to_last))
    yield Measured(GRADIENTS_ALIKE, mean(_last_median(total)), mean(_early_median(total)))
    cosine = partial(_of, group="permuted", column="cosine")
    yield Measured(PARTS_CANCEL, mean(_last_median(cosine)), mean(_early_median(cosine)))
    yield Measured(
        LATE_LAYERS_NOT_NEGLIGIBLE, mean(lambda run: _median(_early(permuted(run)).to_numpy()[:, _third(run)]))
    )


def _of(run: pd.DataFrame, group: str, column: str) -> Norms:
    rows = run[run["group"] == group]
    layers = list(dict.fromkeys(run["layer"]))
    return rows.pivot(index="epoch", columns="layer", values=column).reindex(columns=layers).sort_index()


def _between_groups(run: pd.DataFrame, column: str) -> Norms:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (_of(run, "unpermuted", column) / _of(run, "permuted", column)).map(np.log)


def _between_parts(run: pd.DataFrame, group: str) -> Norms:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (_of(run, group, "dependent") / _of(run, group, "independent")).map(np.log)


def _early(values: Norms) -> Norms:
    return values[values.index <= EARLY]


def _median(values: NDArray[np.float64]) -> float:
    return float(np.median(values)) if values.size and np.isfinite(values).all() else np.nan


def _early_median(of: Callable[[pd.DataFrame], Norms]) -> Callable[[pd.DataFrame], float]:
    return lambda run: _median(_early(of(run)).to_numpy(np.float64))


def _early_share(of: Callable[[pd.DataFrame], Norms]) -> Callable[[pd.DataFrame], float]:
    def share(run: pd.DataFrame) -> float:
        values = _early(of(run)).to_numpy(np.float64)
        return float((values > 0).mean()) if values.size and np.isfinite(values).all() else np.nan

    return share


def _last_median(of: Callable[[pd.DataFrame], Norms]) -> Callable[[pd.DataFrame], float]:
    return lambda run: _median(of(run).tail(1).to_numpy(np.float64))


def _farthest(of: Callable[[pd.DataFrame], Norms]) -> Callable[[pd.DataFrame], float]:
    def statistic(run: pd.DataFrame) -> float:
        values = of(run).to_numpy(np.float64)
        if not values.size or not np.isfinite(values).all():
            return np.nan
        medians = np.median(values, axis=1)
        return float(medians[np.argmax(np.abs(medians))])

    return statistic


def _third(run: pd.DataFrame) -> slice:
    return slice(-max(run["layer"].nunique() // 3, 1), None)


def _first_to_last(run: pd.DataFrame) -> float:
    with np.errstate(divide="ignore"):
        norms = np.log(_of(run, "all", "gradient").to_numpy(np.float64))
    third = _third(run)
    return _median(norms[:, : -third.start].mean(axis=1) - norms[:, third].mean(axis=1))


def _residual(run: pd.DataFrame) -> float:
    rows = run[run["group"] == "all"]
    dependent, independent = rows["dependent"].to_numpy(np.float64), rows["independent"].to_numpy(np.float64)
    cosine = rows["cosine"].fillna(0).to_numpy(np.float64)
    squares = dependent**2 + independent**2
    sum_of_parts = squares + 2 * cosine * dependent * independent
    return float(
        np.max(np.abs(rows["gradient"].to_numpy(np.float64) ** 2 - sum_of_parts) / np.where(squares > 0, squares, 1))
    )
