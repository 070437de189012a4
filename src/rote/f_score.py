"""F-score of predicted classes, with a bootstrap standard error."""

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from rote.errors import DataError
from rote.options import check_choice

Average = Literal["macro", "micro", "weighted"]

RESAMPLES = 1000


def f_score(label: ArrayLike, predicted: ArrayLike, average: Average = "macro") -> float:
    """F-score of predictions: the harmonic mean of precision and recall, averaged over classes.

    A class's F-score is 2 TP / (2 TP + FP + FN).

    Parameters
    ----------
    label, predicted : array-like, shape (n,), int
        Classes, from 0; `predicted` is −1 where no class is predicted, which misses the label's.
    average : {"macro", "micro", "weighted"}
        ``"macro"``: mean over the classes that occur among the labels or the predictions, so a class that is only
        predicted counts with 0, and one that does neither is left out. ``"micro"``: counts of all classes pooled,
        which is the accuracy. ``"weighted"``: mean weighted by how often a class occurs among the labels.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    ConfigError
        If the average is unknown.
    DataError
        If there is no example, the arrays differ in shape, or a label is negative or a predicted class below −1.
    """
    check_choice("average of the F-score", average, get_args(Average))
    truth, guess = np.asarray(label, np.int64), np.asarray(predicted, np.int64)
    if truth.ndim != 1 or truth.shape != guess.shape or not len(truth) or truth.min() < 0 or guess.min() < -1:
        raise DataError("an F-score needs a label and a predicted class, both from 0, for each of one or more examples")
    if average == "micro":
        return float((truth == guess).mean())
    n_classes = max(truth.max(), guess.max()) + 1
    labelled, guessed, hits = (
        np.bincount(classes, minlength=n_classes) for classes in (truth, guess[guess >= 0], truth[truth == guess])
    )
    occurs = labelled + guessed > 0
    scores = 2 * hits[occurs] / (labelled + guessed)[occurs]
    return float(scores.mean() if average == "macro" else np.average(scores, weights=labelled[occurs]))


def f_score_error(
    label: ArrayLike, predicted: ArrayLike, average: Average, generator: np.random.Generator, resamples: int = RESAMPLES
) -> float:
    """Bootstrap standard error of `f_score` over examples.

    Parameters
    ----------
    label, predicted, average
        As in `f_score`. The macro average of a resample is over the classes that occur in the resample.
    generator : numpy.random.Generator
    resamples : int
        Number of resamples of n examples with replacement, at least 2.

    Returns
    -------
    float
        Standard deviation of the resamples' F-scores. What another training of the network would change is not in it.

    Raises
    ------
    ConfigError, DataError
        As `f_score`.
    """
    truth, guess = np.asarray(label), np.asarray(predicted)
    drawn = (generator.integers(len(truth), size=len(truth)) for _ in range(resamples))
    return float(np.std([f_score(truth[chosen], guess[chosen], average) for chosen in drawn], ddof=1))
