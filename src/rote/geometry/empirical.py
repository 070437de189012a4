"""Capacity of manifolds by simulation: in how many random features a random division in two becomes separable.

Stephenson et al. (2021), 3.2 and Fig. 1B, and Cohen et al. (2020) find the number of features at which half of the
divisions are separable by bisection over samples. Here each division has nested projections, of which the exact
critical number follows, and the median of these is that number.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_X_y
from threadpoolctl import threadpool_limits

from rote.errors import ConfigError, DataError
from rote.geometry import draws
from rote.geometry.draws import Floats, RandomState
from rote.geometry.separability import NestedDichotomy
from rote.geometry.solvers.machine_code import compile_solvers
from rote.options import check_positive


@dataclass(frozen=True)
class EmpiricalCapacity:
    """Capacity of P manifolds by simulation.

    Attributes
    ----------
    capacity : float
        P over the median critical dimension; NaN where half of the divisions are not separable in all features.
    low, high : float
        A confidence interval, from the median's by order statistics; 0 and infinity where it has no end.
    critical_dimensions : ndarray, shape (n_dichotomies,), int64
        The fewest random features in which each division is separable: one more than there are features where all of
        them do not suffice, and −1 where rounding left it undecided.
    n_undecided : int
        Divisions that are left out of the median for that reason.
    """

    capacity: float
    low: float
    high: float
    critical_dimensions: NDArray[np.int64]
    n_undecided: int


def empirical_capacity(
    X: ArrayLike,  # noqa: N803
    y: ArrayLike,
    *,
    n_dichotomies: int = 100,
    bias: bool = False,
    balanced: bool = False,
    remove_mean: bool = False,
    confidence: float = 0.95,
    random_state: RandomState = None,
) -> EmpiricalCapacity:
    """Capacity of classes as manifolds, by simulation.

    Parameters
    ----------
    X : array-like, shape (n, n_features)
        Examples; held as float64.
    y : array-like, shape (n,)
        Their classes: P of them, two at least.
    n_dichotomies : int
        Random divisions of the classes in two, each with its own random projection.
    bias : bool
        Whether a hyperplane may miss the origin, which is worth one feature more.
    balanced : bool
        Whether both sides have as many classes (one more for an odd number), or any of the 2^P divisions is as likely.
    remove_mean : bool
        Whether the mean of all examples is taken off first, as the mean-field theory does.
    confidence : float
        Of the interval, in (0, 1).
    random_state : int or numpy.random.SeedSequence, optional

    Returns
    -------
    EmpiricalCapacity

    Raises
    ------
    DataError
        If an array has another form or holds a NaN or an infinity, or if there is one class.
    ConfigError
        If an option is out of range.
    """
    check_positive(n_dichotomies=n_dichotomies)
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence must be between 0 and 1, not {confidence!r}.")
    points, owners = _checked(X, y)
    if remove_mean:
        points = points - points.mean(axis=0)
    norm = np.sqrt((points**2).sum(axis=1).mean())
    points = points / norm if norm > 0 else points
    n_manifolds = int(owners.max()) + 1
    seed = draws.root_seed(random_state)
    compile_solvers()
    found, guess = [], n_manifolds
    with threadpool_limits(1):  # solvers on some hundreds of points
        for number in range(n_dichotomies):
            sides = _sides(n_manifolds, draws.generator(seed, "dichotomy", number), balanced=balanced)
            projection = draws.generator(seed, "projection", number)
            dichotomy = NestedDichotomy(points, sides[owners], owners, projection, bias=bias)
            critical = dichotomy.critical_dimension(guess)
            found.append(-1 if critical is None else critical)
            guess = guess if critical is None else critical
    return summarise(np.array(found, np.int64), n_manifolds, points.shape[1], confidence)


def summarise(
    critical_dimensions: NDArray[np.int64], n_manifolds: int, n_features: int, confidence: float
) -> EmpiricalCapacity:
    """Capacity and its interval, of critical dimensions.

    As many of n independent dimensions lie below their distribution's median as heads among n tosses, so the order
    statistics at the binomial's quantiles bound the median.

    Parameters
    ----------
    critical_dimensions : ndarray, shape (n,), int64
    n_manifolds, n_features : int
    confidence : float

    Returns
    -------
    EmpiricalCapacity
    """
    known = np.sort(critical_dimensions[critical_dimensions > 0]).astype(np.float64)
    known[known > n_features] = np.inf
    undecided = len(critical_dimensions) - len(known)
    if not len(known):
        return EmpiricalCapacity(float("nan"), 0.0, float("inf"), critical_dimensions, undecided)
    median = (known[(len(known) - 1) // 2] + known[len(known) // 2]) / 2
    place = int(stats.binom.ppf((1 - confidence) / 2, len(known), 0.5))  # of the dimensions below, from 1
    fewest, most = (known[place - 1], known[-place]) if place > 0 else (0.0, np.inf)
    return EmpiricalCapacity(
        capacity=float(n_manifolds / median) if np.isfinite(median) else float("nan"),
        low=float(n_manifolds / most),
        high=float(n_manifolds / fewest) if fewest > 0 else float("inf"),
        critical_dimensions=critical_dimensions,
        n_undecided=undecided,
    )


def _checked(X: ArrayLike, y: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:  # noqa: N803
    """Examples as float64 and their classes as numbers from 0."""
    try:
        points, labels = check_X_y(X, y, dtype=np.float64)
        check_classification_targets(labels)
    except ValueError as error:
        raise DataError(str(error)) from error
    classes, owners = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise DataError("y has one class: a division in two needs two. Give two.")
    return points, owners.astype(np.int64)


def _sides(n_manifolds: int, generator: np.random.Generator, *, balanced: bool) -> Floats:
    """1 or −1 for each manifold."""
    if not balanced:
        return generator.choice([-1.0, 1.0], n_manifolds)
    sides = np.where(np.arange(n_manifolds) < n_manifolds // 2, 1.0, -1.0) * generator.choice([-1.0, 1.0])
    return generator.permutation(sides)
