"""Generative classification of held-out examples by the density models of the classes.

Jamroz & Kurdziel, appendix "Where neural network fit classes", Eq. A.7 and Fig. A.11.
"""

import sys
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.density.options import Options
from rote.density.parallel import in_parallel
from rote.density.predictive import DensityAverage, PosteriorPredictive
from rote.density.prior import Floats, constant_dimensions
from rote.density.subsets import SUBSETS, fit_predictive, read_subsets
from rote.errors import ConfigError, DataError
from rote.f_score import f_score, f_score_error
from rote.job import Job
from rote.representations.classes import ClassRepresentations, load
from rote.tables.density import GENERATIVE_PREDICTIONS, GENERATIVE_SCORES

Integers = NDArray[np.int64]


def classify(
    predictives: Sequence[PosteriorPredictive],
    log_prior: ArrayLike | None,
    points: ArrayLike,
    density_average: DensityAverage = "log_mean",
) -> Integers:
    """Most probable class of every point (Eq. A.7).

    Parameters
    ----------
    predictives : sequence of PosteriorPredictive, length C
        p(x | C) of each class.
    log_prior : array-like, shape (C,), or None
        log p(C) in nats, up to a constant; None leaves the term out, as the published code does.
    points : array-like, shape (n, d)
    density_average : {"log_mean", "mean_log"}
        See `PosteriorPredictive.log_density`.

    Returns
    -------
    ndarray, shape (n,), int64
        Places in `predictives`, the lowest of equally probable ones.

    Raises
    ------
    ConfigError, DataError
        As `PosteriorPredictive.log_density` and `most_probable`, and if there is no class.
    """
    if not predictives:
        raise DataError("points cannot be classified without a class: give at least one density")
    return most_probable(np.stack([density.log_density(points, density_average) for density in predictives]), log_prior)


def most_probable(log_densities: Floats, log_prior: ArrayLike | None) -> Integers:
    """Class of the largest log density plus log prior.

    Parameters
    ----------
    log_densities : ndarray, shape (C, n), float64
        Of every point under every class, in nats.
    log_prior : array-like, shape (C,), or None

    Returns
    -------
    ndarray, shape (n,), int64
        The lowest of equally probable ones.

    Raises
    ------
    DataError
        If the prior has another shape, a NaN or an infinity.
    """
    if log_prior is None:
        return np.asarray(log_densities.argmax(axis=0))
    prior = np.asarray(log_prior, np.float64)
    if prior.shape != log_densities.shape[:1] or not np.isfinite(prior).all():
        raise DataError(f"log_prior must be {len(log_densities)} finite numbers, one for each class, not {log_prior!r}")
    return np.asarray((log_densities + prior[:, None]).argmax(axis=0))


def log_densities_without(
    known: ClassRepresentations,
    subsets: Mapping[str, NDArray[np.bool_]],
    *,
    options: Mapping[str, Any],
    job: Job,
) -> dict[str, Floats]:
    """Log densities of held-out examples under models of every class that are fitted to all other examples.

    Parameters
    ----------
    known : ClassRepresentations
        Of n examples in C classes.
    subsets : mapping of str to ndarray, shape (n,), bool
        Examples that are held out together, by name.
    options : mapping
        Of `DirichletProcessGaussianMixture`.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.

    Returns
    -------
    dict of str to ndarray, shape (C, held out), float64
        In nats; classes and examples in the order of `known`. −∞ for a class that cannot be modelled, since its other
        examples are fewer than two or do not differ in some dimension; the log names it.

    Raises
    ------
    ConfigError, DataError
        If an option cannot be used, or fewer than two classes can be modelled.
    """
    density_average = Options.of(**options).density_average
    parts: list[tuple[str, int]] = []
    fitted_to: list[NDArray[np.bool_]] = []
    for subset, held_out in subsets.items():
        rows_of = {label: ~held_out & (known.label == label) for label in known.classes.tolist()}
        modelled = {label: rows for label, rows in rows_of.items() if not constant_dimensions(known.values[rows]).size}
        if len(modelled) < 2:
            raise DataError(
                f"{len(modelled)} class(es) of {job.seed_key} can be modelled without the {subset} examples, and two "
                "are told apart: hold out fewer (a higher class_fitting.memorization_subsets.threshold)."
            )
        if left_out := rows_of.keys() - modelled.keys():
            print(
                f"Warning: without the {subset} examples of {job.seed_key} class(es) "
                f"{', '.join(map(str, sorted(left_out)))} have too few examples that differ to be modelled: no example "
                "is taken for one of them. A higher class_fitting.memorization_subsets.threshold holds out fewer.",
                file=sys.stderr,
            )
        parts += [(subset, label) for label in modelled]
        fitted_to += modelled.values()
    points = {subset: known.values[held_out] for subset, held_out in subsets.items()}
    work = [
        delayed(_log_density)(
            known.values[rows],
            points[subset],
            options,
            density_average,
            job.within(f"without {subset} examples").seed_sequence("density chain", label),
            f"class {label} of {job.seed_key} without {subset} examples",
        )
        for (subset, label), rows in zip(parts, fitted_to, strict=True)
    ]
    found = in_parallel(work, job.threads, f"density models of {job.seed_key} without subsets", "class")
    densities = {subset: np.full((len(known.classes), len(own)), -np.inf) for subset, own in points.items()}
    for (subset, label), row in zip(parts, found, strict=True):
        densities[subset][known.classes == label] = row
    return densities


def _log_density(
    values: Floats,
    points: Floats,
    options: Mapping[str, Any],
    density_average: DensityAverage,
    seed: np.random.SeedSequence,
    whose: str,
) -> Floats:
    return fit_predictive(values, options, seed, whose).log_density(points, density_average)


def classify_held_out(
    *,
    representations: Path,
    subsets: Path,
    predictions: Path,
    scores: Path,
    options: Mapping[str, Any],
    job: Job,
    bootstrap_samples: int = 1000,
) -> None:
    """Classify memorized, random and typical examples by density models fitted without them (Fig. A.11).

    Parameters
    ----------
    representations : Path
        Table of representations after the singular value decomposition.
    subsets : Path
        EXAMPLE_SUBSETS table; each subset is held out in its turn.
    predictions, scores : Path
        GENERATIVE_PREDICTIONS and GENERATIVE_SCORES tables to write, without and with the prior p(C): the class's
        share of the examples that are not held out. Examples of a class that cannot be modelled count as missed.
    options : mapping
        Of `DirichletProcessGaussianMixture`; the protocol among them.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.
    bootstrap_samples : int
        That the standard errors rest on, at least 2.

    Raises
    ------
    ConfigError, DataError, TableError
        If an option or a table cannot be used, or too few examples are left to fit two classes.
    """
    if bootstrap_samples < 2:
        raise ConfigError(f"bootstrap_samples must be at least 2 to have a deviation, not {bootstrap_samples!r}.")
    choices = Options.of(**options)
    known = load(representations)
    chosen = read_subsets(subsets, known)
    found = log_densities_without(known, chosen, options=options, job=job)
    recorded = job.recorded(options=choices.named(), bootstrap_samples=bootstrap_samples)
    with (
        tables.writing(predictions, GENERATIVE_PREDICTIONS, recorded) as all_predictions,
        tables.writing(scores, GENERATIVE_SCORES, recorded) as all_scores,
    ):
        for subset, prior in product(SUBSETS, (False, True)):
            held_out = chosen[subset]
            modelled = np.isfinite(found[subset]).all(axis=1)
            classes, densities = known.classes[modelled], found[subset][modelled]
            shares = (known.label[~held_out] == classes[:, None]).mean(axis=1)
            predicted = classes[most_probable(densities, np.log(shares) if prior else None)]
            label = known.label[held_out]
            order = np.argsort(known.example[held_out])
            draws = job.within(f"{subset} examples").generator("generative bootstrap")
            all_predictions.append(
                {
                    "subset": [subset] * len(label),
                    "prior": [prior] * len(label),
                    "example": known.example[held_out][order],
                    "class": label[order],
                    "predicted_class": predicted[order],
                }
            )
            all_scores.append(
                {
                    "subset": [subset],
                    "prior": [prior],
                    "f_score": [f_score(label, predicted)],
                    "standard_error": [f_score_error(label, predicted, "macro", draws, bootstrap_samples)],
                    "accuracy": [float((predicted == label).mean())],
                    "n_examples": [len(label)],
                }
            )
