"""The split of classes into low- and high-density ones at the largest gap, and how decisive that gap is.

Jamroz & Kurdziel, "Neural Representations Reveal Distinct Modes of Class Fitting in Residual Convolutional Networks",
section "How residual networks fit classes": classes are sorted by their mean log density and parted in the middle of
the widest interval between neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.errors import DataError
from rote.options import check_positive

Floats = NDArray[np.float64]

LOW, HIGH = "low_density", "high_density"
GROUP_SHARE = 0.1  # of the classes: fewer beside a gap are outliers rather than a group


@dataclass(frozen=True, eq=False)
class Split:
    """Classes on the two sides of a gap.

    Attributes
    ----------
    threshold : float
        Centre of the gap, in the units of the means (nat).
    gap : float
        Its width > 0, in the same units.
    groups : ndarray, shape (C,), str
        LOW or HIGH for each class, in the order of the means given.
    """

    threshold: float
    gap: float
    groups: NDArray[np.str_]

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of low- and of high-density classes: a group of one is an outlier rather than a group."""
        n_low = int(np.sum(self.groups == LOW))
        return n_low, len(self.groups) - n_low


@dataclass(frozen=True)
class GapTest:
    """How often classes from one cluster have as wide a gap.

    Attributes
    ----------
    p_value : float
        Share of null samples whose largest gap is at least as wide, the observed one counted among them.
    standard_error : float
        Monte Carlo standard error of the p-value.
    bandwidth : float
        Silverman's critical bandwidth: standard deviation of the null's kernels, in the units of the means.
    """

    p_value: float
    standard_error: float
    bandwidth: float


@dataclass(frozen=True)
class Agreement:
    """Agreement of two groupings of the same classes.

    Attributes
    ----------
    share : float
        Share of classes in the same group.
    kappa : float
        Cohen's kappa (1960): the share beyond what groups of these sizes would agree by chance, 1 at best. NaN where
        both groupings put every class into the same one group.
    """

    share: float
    kappa: float


def largest_gap(means: ArrayLike, least_share: float = 0.0) -> Split:
    """Part classes in the middle of the largest difference between neighbouring mean log densities.

    Parameters
    ----------
    means : array-like, shape (C,)
        Mean log density of each class (nat), C ≥ 2.
    least_share : float
        Share of classes, at most ½, that must lie on each side of the gap. The paper asks for none, so one class may
        be a group.

    Returns
    -------
    Split
        Of equally wide gaps, that between the lowest means.

    Raises
    ------
    DataError
        If there are fewer than two classes or means that are not finite, if no gap leaves `least_share` of the classes
        on each side, or if all such gaps are 0.
    """
    means = _checked(means)
    ordered = np.sort(means)
    gaps = _admissible_gaps(ordered, least_share)
    place = int(gaps.argmax())
    if gaps[place] <= 0:
        raise DataError(f"the mean log densities of {len(means)} classes have no gap to part them at: they are equal")
    low, high = ordered[place : place + 2]
    groups = np.where(means >= high, HIGH, LOW)
    return Split(float(low + (high - low) / 2), float(high - low), groups)


def gap_test(
    means: ArrayLike, generator: np.random.Generator, *, n_samples: int = 999, least_share: float = 0.0
) -> GapTest:
    """Compare the largest gap, in standard deviations of the means, with those of samples from one mode.

    The null is the closest unimodal density: the Gaussian kernel density estimate of the means with the smallest
    bandwidth that leaves one mode (Silverman, 1981, "Using kernel density estimates to investigate multimodality").

    The widest gap of a sample often lies in its tails. Without a `least_share`, an outlying class or heavy tails
    therefore give small p-values, and two even groups must be far apart to be told from one: with 50 and 50 classes
    6 standard deviations apart, p is 0.27 for any gap and 0.001 for one that leaves GROUP_SHARE on each side.

    Parameters
    ----------
    means : array-like, shape (C,)
        Mean log density of each class (nat), C ≥ 2.
    generator : numpy.random.Generator
    n_samples : int
        Number of null samples of C means each. The p-value is at least 1 / (n_samples + 1).
    least_share : float
        As in `largest_gap`, for the observed gap and for those of the null.

    Returns
    -------
    GapTest
        Of two classes p is 1: their one gap, in standard deviations, is as wide as that of any two.

    Raises
    ------
    DataError
        As `largest_gap`.
    ConfigError
        If `n_samples` is not a positive whole number.
    """
    check_positive(n_samples=n_samples)
    means = _checked(means)
    observed = largest_gap(means, least_share).gap / means.std()
    bandwidth = critical_bandwidth(means)
    if len(means) == 2:
        return GapTest(1.0, 0.0, bandwidth)  # drawn, rounding would decide
    # Silverman rescales samples to the variance of the data; a gap in standard deviations does not see it.
    samples = generator.choice(means, (n_samples, len(means)))
    samples += bandwidth * generator.standard_normal(samples.shape)
    gaps = _admissible_gaps(np.sort(samples, axis=1), least_share).max(axis=1)
    p_value = float((1 + np.sum(gaps >= observed * samples.std(axis=1))) / (1 + n_samples))
    return GapTest(p_value, float(np.sqrt(p_value * (1 - p_value) / (1 + n_samples))), bandwidth)


def critical_bandwidth(values: ArrayLike) -> float:
    """Smallest bandwidth at which the Gaussian kernel density estimate of the values has one mode.

    Parameters
    ----------
    values : array-like, shape (C,)
        At least two finite values.

    Returns
    -------
    float
        To a relative precision of about 1e-6; 0 if all values are equal.

    Raises
    ------
    DataError
        If there are fewer than two values or some are not finite.
    """
    values = _checked(values)
    low, high = 0.0, float(np.ptp(values))  # at a bandwidth of the range, the estimate is concave between the values
    grid = np.linspace(values.min(), values.max(), max(512, 20 * len(values)))
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if _is_unimodal(values, grid, middle) else (middle, high)
    return high


def agreement(groups: ArrayLike, other_groups: ArrayLike) -> Agreement:
    """Compare two groupings of the same classes, from two chains or two seeds.

    Parameters
    ----------
    groups, other_groups : array-like, shape (C,)
        Group of each class, in the same order of classes.

    Returns
    -------
    Agreement

    Raises
    ------
    DataError
        If the two are empty or differ in shape.
    """
    one, other = np.asarray(groups), np.asarray(other_groups)
    if one.ndim != 1 or one.shape != other.shape or not one.size:
        raise DataError(f"groups of the same classes are needed, not arrays of shapes {one.shape} and {other.shape}")
    share = float(np.mean(one == other))
    by_chance = sum(np.mean(one == group) * np.mean(other == group) for group in np.unique(one))
    return Agreement(share, float((share - by_chance) / (1 - by_chance)) if by_chance < 1 else float("nan"))


def _checked(means: ArrayLike) -> Floats:
    means = np.asarray(means, np.float64)
    if means.ndim != 1 or len(means) < 2:
        raise DataError(
            f"a gap between classes needs a mean of each of at least 2, not an array of shape {means.shape}: train on "
            "examples of more classes, or leave the run out of class_fitting.runs"
        )
    if not np.isfinite(means).all():
        classes = ", ".join(map(str, np.flatnonzero(~np.isfinite(means))))
        raise DataError(f"mean log densities must be finite; those at {classes} are not: refit these classes")
    return means


def _admissible_gaps(ordered: Floats, least_share: float) -> Floats:
    """Differences of sorted means (..., C − 1), those with too few classes on a side set to −1."""
    n = ordered.shape[-1]
    n_low = np.arange(1, n)
    admissible = np.minimum(n_low, n - n_low) >= least_share * n
    if not admissible.any():
        raise DataError(
            f"no gap between {n} classes leaves a share of {least_share} on each side: "
            "lower class_fitting.gap.least_share"
        )
    return np.where(admissible, np.diff(ordered), -1.0)


def _is_unimodal(values: Floats, grid: Floats, bandwidth: float) -> bool:
    """Whether the density estimate, once it has begun to fall, falls to the end of the grid."""
    distance = (values - grid[:, None]) / bandwidth
    slope = np.sum(distance * np.exp(-(distance**2) / 2), axis=1)
    direction = np.sign(slope)[slope != 0]
    return not np.any(np.diff(direction) > 0)
