"""What many certificates say together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rote.binomial import interval
from rote.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """Summary of some certificates.

    Attributes
    ----------
    images : int
    classification_rate, abstention_rate : float
        Shares of the images with and without a certified prediction, be it right or wrong.
    mean_radius, radius_deviation : float
        Mean and (population) standard deviation of the radii of those with a certified prediction; NaN if there is
        none.
    """

    images: int
    classification_rate: float
    abstention_rate: float
    mean_radius: float
    radius_deviation: float


def summarise(radius: ArrayLike) -> Summary:
    """Summarise certified radii, as Fig. 3 of Jamroz & Kurdziel does for the examples of a bin.

    Parameters
    ----------
    radius : array-like, shape (n,), float64
        NaN (or None) for an image without a certified prediction.

    Returns
    -------
    Summary

    Raises
    ------
    DataError
        If there is no image.
    """
    radius = np.asarray(radius, np.float64)
    if radius.size == 0:
        raise DataError("there is no certificate to summarise")
    certified = radius[~np.isnan(radius)]
    rate = certified.size / radius.size
    mean, deviation = (certified.mean(), certified.std()) if certified.size else (np.nan, np.nan)
    return Summary(radius.size, rate, 1 - rate, float(mean), float(deviation))


def certified_accuracy(
    radius: ArrayLike, correct: ArrayLike, radii: ArrayLike, alpha: float = 0.05
) -> tuple[Floats, Floats, Floats]:
    """Share of the images whose right class is certified at given radii or beyond, as in Cohen et al. (2019).

    Parameters
    ----------
    radius : array-like, shape (n,), float64
        Certified radii; NaN (or None) for an image without a certified prediction.
    correct : array-like, shape (n,), bool
        Whether the predicted class is the right one; any value where there is none.
    radii : array-like, shape (r,), float64
        In units of `radius`; 0 for the accuracy of the smoothed classifier.
    alpha : float
        The interval's probability of an error: sampling of the images, beside the certificates' own.

    Returns
    -------
    accuracy, low, high : ndarray, shape (r,), float64
        The share and its two-sided Clopper-Pearson interval at level 1 − `alpha`.

    Raises
    ------
    DataError
        If there is no image, or `radius` and `correct` differ in length.
    """
    radius, correct = np.asarray(radius, np.float64), np.asarray(correct, bool)
    if radius.size == 0 or radius.shape != correct.shape:
        raise DataError(f"{radius.size} radii and {correct.size} predictions give no accuracy: one of each per image")
    hits = (correct & (radius >= np.asarray(radii, np.float64)[:, None])).sum(axis=1)
    return hits / radius.size, *interval(hits, radius.size, alpha)
