"""Memorized, random and typical examples, and how far apart the classes are within each of these subsets.

Jamroz & Kurdziel, "Where neural network fit classes" and Fig. 4.
"""

from collections.abc import Mapping
from dataclasses import fields
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import ArrayLike, NDArray

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.divergence import Estimate, relative_entropies
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.options import Options
from rote.density.parallel import in_parallel
from rote.density.predictive import PosteriorPredictive
from rote.density.prior import constant_dimensions
from rote.errors import DataError
from rote.job import Job
from rote.options import check_positive
from rote.representations.classes import ClassRepresentations, load
from rote.settings import parse
from rote.tables.density import EXAMPLE_SUBSETS, SUBSET_DIVERGENCES
from rote.tables.memorization import SCORES

Integers = NDArray[np.int64]
SUBSETS = ("memorized", "random", "typical")


def choose_subsets(
    *,
    scores: Path,
    output: Path,
    job: Job,
    threshold: float = 0.9,
) -> None:
    """Choose memorized examples, as many random ones and as many typical ones.

    Parameters
    ----------
    scores : Path
        SCORES table of memorization estimates.
    output : Path
        EXAMPLE_SUBSETS table to write. Its provenance counts the examples without a score, which are left out.
    job : Job
        Its key says whose scores these are.
    threshold : float
        Memorized is what scores above it; the paper's is 0.9.

    Raises
    ------
    DataError, TableError
        If too few or too many examples score above the threshold, or the table cannot be read.
    """
    table = tables.read(scores, SCORES, ["example", "score"])
    example, score = np.asarray(table["example"]), np.asarray(table["score"], np.float64)
    chosen = memorization_subsets(score, job.generator("memorization subsets"), threshold)
    recorded = job.recorded(threshold=threshold, without_score=int(np.isnan(score).sum()))
    columns = {
        "subset": np.repeat(SUBSETS, [len(chosen[subset]) for subset in SUBSETS]).tolist(),
        "example": np.concatenate([np.sort(example[chosen[subset]]) for subset in SUBSETS]),
    }
    tables.write(output, EXAMPLE_SUBSETS, columns, recorded)


def memorization_subsets(
    score: ArrayLike, generator: np.random.Generator, threshold: float = 0.9
) -> dict[str, Integers]:
    """Memorized, random and typical examples, equally many of each.

    Parameters
    ----------
    score : array-like, shape (n,)
        Memorization scores, NaN for none. Examples without a score are in no subset.
    generator : numpy.random.Generator
        Its state and the scores settle the draws: a higher threshold only takes examples away from each subset.
    threshold : float

    Returns
    -------
    dict of str to ndarray of int64
        Places in `score`. ``memorized``: scores above the threshold. ``random``: drawn from all with a score, the
        memorized too. ``typical``: the lowest scores, drawn at random among equal ones.

    Raises
    ------
    DataError
        If no score is above the threshold, or more than half of them.
    """
    scores = np.asarray(score, np.float64)
    scored = np.flatnonzero(~np.isnan(scores))
    values = scores[scored]
    memorized = scored[values > threshold]
    if not memorized.size:
        highest = f"the highest is {values.max():g}: lower the threshold" if scored.size else "none has a score at all"
        raise DataError(f"no example has a memorization score above {threshold}; {highest}.")
    if 2 * memorized.size > scored.size:
        raise DataError(
            f"{memorized.size} of {scored.size} examples have a memorization score above {threshold}, so that too few "
            "others are left to set beside them: raise the threshold."
        )
    drawn = generator.permutation(scored)
    ascending = scored[np.lexsort((generator.permutation(scored.size), values))]
    return {"memorized": memorized, "random": drawn[: memorized.size], "typical": ascending[: memorized.size]}


def read_subsets(path: Path, known: ClassRepresentations) -> dict[str, NDArray[np.bool_]]:
    """Subsets of the examples whose representations are known.

    Parameters
    ----------
    path : Path
        EXAMPLE_SUBSETS table.
    known : ClassRepresentations
        Of n examples.

    Returns
    -------
    dict of str to ndarray, shape (n,), bool
        Which of the examples are memorized, random and typical.

    Raises
    ------
    DataError, TableError
        If a subset is missing or has an example that is not known, or the table cannot be read.
    """
    table = tables.read(path, EXAMPLE_SUBSETS)
    subset, example = np.asarray(table["subset"]), np.asarray(table["example"])
    if missing := [name for name in SUBSETS if name not in subset]:
        raise DataError(f"{path} has no {' and no '.join(missing)} examples. Delete it and run again.")
    if (unknown := np.setdiff1d(example, known.example)).size:
        raise DataError(
            f"{unknown.size} example(s) of {path}, the first number {unknown[0]}, have no representation: "
            "take scores and representations of the same training set."
        )
    return {name: np.isin(known.example, example[subset == name]) for name in SUBSETS}


def fit_predictive(
    values: ArrayLike, options: Mapping[str, Any], seed: np.random.SeedSequence, whose: str
) -> PosteriorPredictive:
    """Posterior predictive density of one class, or of a part of it.

    Parameters
    ----------
    values : array-like, shape (n, d)
    options : mapping
        Of `DirichletProcessGaussianMixture`.
    seed : numpy.random.SeedSequence
    whose : str
        Whose representations these are, for the message.

    Returns
    -------
    PosteriorPredictive
        Of the pooled chains.

    Raises
    ------
    ConfigError, DataError
        If an option is unknown, or a dimension is constant; the message says whose.
    """
    try:
        return DirichletProcessGaussianMixture(**options, random_state=seed).fit(values).predictive_
    except DataError as error:
        raise DataError(f"{whose}: {error}") from error


def subset_divergences(
    *,
    representations: Path,
    subsets: Path,
    output: Path,
    options: Mapping[str, Any],
    tolerance: Mapping[str, Any],
    job: Job,
    least_examples: int = 100,
) -> None:
    """Estimate relative entropies between classes from memorized, random and typical examples alone (Fig. 4).

    Parameters
    ----------
    representations : Path
        Table of representations after the singular value decomposition.
    subsets : Path
        EXAMPLE_SUBSETS table.
    output : Path
        SUBSET_DIVERGENCES table to write: in each subset, every ordered pair of the classes compared.
    options : mapping
        Of `DirichletProcessGaussianMixture`; the protocol among them.
    tolerance : mapping
        See `rote.config.density_model.Tolerance`.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.
    least_examples : int
        Only classes with this many examples in each of the three subsets are compared; the paper's 100. They must also
        differ in every dimension, or there is no density model.

    Raises
    ------
    ConfigError, DataError, TableError
        If an option, the tolerance or a table cannot be used, or fewer than two classes can be compared.
    """
    wanted, choices = parse(Tolerance, tolerance, "tolerance"), Options.of(**options)
    check_positive(least_examples=least_examples)
    known = load(representations)
    chosen = read_subsets(subsets, known)
    classes = _classes_of_all(known, chosen, least_examples)
    parts = list(product(SUBSETS, classes))
    work = [
        delayed(fit_predictive)(
            known.values[chosen[subset] & (known.label == label)],
            options,
            job.within(f"{subset} examples").seed_sequence("density chain", label),
            f"{subset} examples of class {label} of {job.seed_key}",
        )
        for subset, label in parts
    ]
    fitted = in_parallel(work, job.threads, f"density models of subsets of {job.seed_key}", "class")
    models = dict(zip(parts, fitted, strict=True))
    work = [
        delayed(relative_entropies)(
            models[subset, label],
            [models[subset, other] for other in classes if other != label],
            job.within(f"{subset} examples").generator("class divergence", label),
            wanted,
            average=choices.average,
        )
        for subset, label in parts
    ]
    found = in_parallel(work, job.threads, f"divergences of subsets of {job.seed_key}", "class")
    subset, pairs = zip(*product(SUBSETS, permutations(classes, 2)), strict=True)
    columns: dict[str, Any] = {
        "subset": subset,
        "class": [label for label, _ in pairs],
        "other_class": [other for _, other in pairs],
    }
    for field, name in zip(fields(Estimate), ("relative_entropy", "standard_error", "draws", "reached"), strict=True):
        columns[name] = [getattr(estimate, field.name) for row in found for estimate in row]
    recorded = job.recorded(options=choices.named(), tolerance=dict(tolerance), least_examples=least_examples)
    tables.write(output, SUBSET_DIVERGENCES, columns, recorded)


def _classes_of_all(
    known: ClassRepresentations, chosen: Mapping[str, NDArray[np.bool_]], least_examples: int
) -> list[int]:
    """Classes with enough examples in every subset."""
    counts = [
        [_usable(known.values[rows & (known.label == label)]) for rows in chosen.values()] for label in known.classes
    ]
    fewest = np.min(counts, axis=1)
    classes = [int(label) for label in known.classes[fewest >= least_examples]]
    if len(classes) < 2:
        raise DataError(
            f"{len(classes)} class(es) have at least {least_examples} examples in each subset, and two are compared: "
            f"lower least_examples (two classes have {np.sort(fewest)[-2:][0]}) or the threshold of memorization."
        )
    return classes


def _usable(values: NDArray[np.float64]) -> int:
    """Number of examples, none where they do not differ in some dimension."""
    return 0 if constant_dimensions(values).size else len(values)
