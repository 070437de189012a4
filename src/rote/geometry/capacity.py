"""Capacity of manifolds by mean-field theory: how many classes a linear readout separates, and by which geometry.

Stephenson et al., "On the geometry of generalization and memorization in deep neural networks" (2021), A.1; Chung, Lee
and Sompolinsky (2018); Cohen et al. (2020).
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_limits

from rote.errors import ConfigError, DataError
from rote.geometry import draws
from rote.geometry.anchors import DEFINITIONS, Definition, anchor_points, measure, project
from rote.geometry.centers import SharedDirections, about_their_mean, nothing_shared, shared_directions
from rote.geometry.draws import Floats, RandomState
from rote.geometry.gram import GramBlocks, gram_blocks
from rote.geometry.solvers.machine_code import compile_solvers
from rote.options import check_choice, check_positive

CENTER_REMOVALS = ("auto", "published", "none")
SAMPLINGS = ("independent", "stratified")
DIRECTIONS = ("published", "rank")
FEWEST_FOR_REMOVAL = 30  # manifolds: among fewer, neighbouring subsets of examples disagree about the rank
NO_CENTER = 1e-13  # a squared centre that is a smaller share of the examples' mean squared norm is at the mean of all
ROUNDING = 1e-13  # share of a class's variance up to which an eigenvalue is rounding
POINT = 1e-28  # share of an example's squared norm about the mean of all up to which a class's spread is rounding


@dataclass(frozen=True)
class ManifoldTable:
    """One value for each of P manifolds; NaN where one is not `defined`. Errors are Monte Carlo standard errors.

    Attributes
    ----------
    capacity, radius, dimension : ndarray, shape (P,), float64
        α, R in norms of the centre, D.
    capacity_error, radius_error, dimension_error : ndarray, shape (P,), float64
    binding : ndarray, shape (P,), float64
        Share of draws at which a constraint binds.
    rank : ndarray, shape (P,), int64
        Dimensions that the examples span about their centre: below m − 1 for few features or repeated examples.
    defined : ndarray, shape (P,), bool
        False where the centre is at the mean of all examples: radii are in units of its norm.
    """

    capacity: Floats
    capacity_error: Floats
    radius: Floats
    radius_error: Floats
    dimension: Floats
    dimension_error: Floats
    binding: Floats
    rank: NDArray[np.int64]
    defined: NDArray[np.bool_]


@dataclass(frozen=True)
class _Classes:
    """Examples class by class, each copied when its turn comes."""

    examples: NDArray[np.floating]
    members: list[NDArray[np.int64]]

    def __iter__(self) -> Iterator[NDArray[np.floating]]:
        return (self.examples[rows] for rows in self.members)


class ManifoldCapacity(BaseEstimator):  # type: ignore[misc]
    """Manifold capacity, radius, dimension and centre correlation by mean-field theory.

    Parameters
    ----------
    n_draws : int
        Random vectors for each manifold (the published n_t).
    restarts : int
        Searches of the centres' shared directions for each rank.
    margin : float
        κ of at least 0, in norms of each manifold's centre.
    definition : {"published", "text", "text_mean_square"}
        Of radius and dimension: see `rote.geometry.anchors.measure`.
    directions : {"published", "rank"}
        Dimensions of the random vectors that the published dimension counts: as many as a manifold has examples (or
        there are features, if fewer), of which one at least is spare, or as many as they span about their centre.
    center_removal : {"auto", "published", "none"}
        Whether directions that centres share are projected out, by the published rule. By default for 30 manifolds
        and more: among fewer their number is unstable and moves the capacity by up to a half.
    sampling : {"independent", "stratified"}
        Of the coordinates along a manifold's centre: independent, as published, or one in each of `n_draws` parts of
        equal probability, which makes values more exact at no cost. Errors are then those of independent draws, which
        are larger than the true ones.
    random_state : int or numpy.random.SeedSequence, optional
        Draws follow from it and from the examples' keys alone.

    Attributes
    ----------
    capacity_, radius_, dimension_ : float
        α_M = 1 / mean(1/α), R_M and D_M, over the manifolds that are defined; NaN if none is.
    capacity_error_, radius_error_, dimension_error_ : float
        Their Monte Carlo standard errors: of the draws, not of the examples or classes.
    center_correlation_ : float
        ρ_center, the mean absolute cosine of pairs of centres about their mean, before anything is projected out; NaN
        if fewer than two centres are off it.
    manifolds_ : ManifoldTable
        The values of each manifold.
    n_defined_ : int
        Manifolds that the means are over.
    shared_directions_ : SharedDirections
        What was projected out: how many directions (`rank`), how many searches agree on them, and the mean correlation
        that each number of them leaves.
    classes_ : ndarray, shape (P,)
        Labels in the order of `manifolds_`; numbers where Gram blocks were given.
    n_features_in_ : int
    feature_names_in_ : ndarray, shape (n_features,), object
        Names of the features, where `X` is a data frame that names them.
    """

    def __init__(
        self,
        *,
        n_draws: int = 300,
        restarts: int = 10,
        margin: float = 0.0,
        definition: Definition = "published",
        directions: Literal["published", "rank"] = "published",
        center_removal: Literal["auto", "published", "none"] = "auto",
        sampling: draws.Sampling = "independent",
        random_state: RandomState = None,
    ) -> None:
        self.n_draws = n_draws
        self.restarts = restarts
        self.margin = margin
        self.definition = definition
        self.directions = directions
        self.center_removal = center_removal
        self.sampling = sampling
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, keys: ArrayLike | None = None) -> Self:  # noqa: N803
        """Analyse classes of examples.

        Parameters
        ----------
        X : array-like, shape (n, n_features)
            Examples. Features are neither projected nor held as float64 for more than one class at a time.
        y : array-like, shape (n,)
            Their classes: two at least.
        keys : array-like, shape (n,), int64, optional
            Different whole numbers of at least 0 that name the examples: their order then changes nothing, and an
            example has the same draws in every analysis. By default their places.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If an array has another form or holds a NaN or an infinity, if there is one class, or if keys repeat.
        ConfigError
            If an option is unknown or out of range.
        """
        self._check_options()
        try:
            points, labels = validate_data(self, X, y, dtype=[np.float64, np.float32], ensure_min_samples=2)
            check_classification_targets(labels)
        except ValueError as error:
            raise DataError(str(error)) from error
        classes, places = np.unique(labels, return_inverse=True)
        if len(classes) < 2:
            raise DataError("y has one class: manifolds are told apart from at least one other. Give two.")
        members = [np.flatnonzero(places == number) for number in range(len(classes))]
        names = np.arange(len(points)) if keys is None else np.asarray(keys)
        if names.shape != (len(points),) or not np.issubdtype(names.dtype, np.integer):
            raise DataError(f"keys have shape {names.shape} and dtype {names.dtype}: give one integer per example.")
        self._analyse(gram_blocks(_Classes(points, members), [names[rows].tolist() for rows in members]))
        self.classes_ = classes
        return self

    def fit_gram(self, blocks: GramBlocks) -> Self:
        """Analyse classes of which inner products are known.

        Parameters
        ----------
        blocks : GramBlocks

        Returns
        -------
        self

        Raises
        ------
        ConfigError
            If an option is unknown or out of range.
        """
        self._check_options()
        self.n_features_in_ = blocks.n_features
        self.classes_ = np.arange(len(blocks.within))
        self._analyse(blocks)
        return self

    def __sklearn_tags__(self) -> Any:
        """Tags of scikit-learn: labels are needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags

    def _check_options(self) -> None:
        check_positive(n_draws=self.n_draws, restarts=self.restarts)
        if not (np.isfinite(self.margin) and self.margin >= 0):
            raise ConfigError(f"margin must be a number of at least 0, not {self.margin!r}.")
        check_choice("definition", self.definition, DEFINITIONS)
        check_choice("directions", self.directions, DIRECTIONS)
        check_choice("center_removal", self.center_removal, CENTER_REMOVALS)
        check_choice("sampling", self.sampling, SAMPLINGS)

    def _analyse(self, blocks: GramBlocks) -> None:
        compile_solvers()
        seed = draws.root_seed(self.random_state)
        with threadpool_limits(1):  # matrices of some dozens of rows: threads that wait for one another only cost
            shared = self._shared(blocks, seed)
            rows = [self._manifold(blocks, number, shared, seed) for number in range(len(blocks.within))]
        self.manifolds_ = ManifoldTable(
            **{one.name: np.array([row[one.name] for row in rows]) for one in fields(ManifoldTable)}
        )
        self.shared_directions_ = shared
        self.center_correlation_ = float(shared.correlations[0])
        self._average([row for row in rows if row["defined"]])

    def _shared(self, blocks: GramBlocks, seed: np.random.SeedSequence) -> SharedDirections:
        gram = about_their_mean(blocks.centers)
        few = len(gram) < FEWEST_FOR_REMOVAL
        n_examples = sum(map(len, blocks.keys))
        spread = sum(np.trace(within) for within in blocks.within) / n_examples
        floor = NO_CENTER * float(spread + np.diag(blocks.centers).mean())
        if self.center_removal == "none" or (few and self.center_removal == "auto"):
            return nothing_shared(gram, floor)
        generators = [draws.generator(seed, "starts", min(keys)) for keys in blocks.keys]
        return shared_directions(gram, generators, self.restarts, floor)

    def _manifold(
        self, blocks: GramBlocks, number: int, shared: SharedDirections, seed: np.random.SeedSequence
    ) -> dict[str, Any]:
        """The row of one manifold, and its inverse capacity."""
        keys = blocks.keys[number]
        points, center = without_directions(blocks, number, shared.coefficients)
        spread, distance = float(np.trace(blocks.within[number])), float(blocks.centers[number, number])
        total = spread + len(keys) * distance
        if not center > NO_CENTER * total / len(keys):
            nothing = {one.name: np.nan for one in fields(ManifoldTable)}
            return {**nothing, "rank": _rank(points, max(ROUNDING * spread, POINT * total)), "defined": False}
        gram = points / center
        drawn = project(
            gram,
            draws.directions(seed, keys, self.n_draws),
            draws.center_coordinates(seed, keys, self.n_draws, self.sampling),
            n_directions=None if self.directions == "rank" else min(len(keys), blocks.n_features),
            floor=max(ROUNDING * spread, POINT * total) / center,
        )
        found = measure(anchor_points(gram, drawn, self.margin), drawn, self.definition)
        inverse = found.inverse_capacity
        return {
            "inverse_capacity": inverse,
            "inverse_capacity_error": found.inverse_capacity_error,
            "capacity": 1 / inverse if inverse > 0 else np.inf,
            "capacity_error": found.inverse_capacity_error / inverse**2 if inverse > 0 else np.nan,
            "radius": found.radius,
            "radius_error": found.radius_error,
            "dimension": found.dimension,
            "dimension_error": found.dimension_error,
            "binding": found.binding,
            "rank": drawn.rank,
            "defined": True,
        }

    def _average(self, rows: list[dict[str, Any]]) -> None:
        """Means over the manifolds that are defined; draws of different manifolds are independent."""
        self.n_defined_ = len(rows)

        def mean(name: str) -> tuple[float, float]:
            values, errors = (np.array([row[key] for row in rows]) for key in (name, f"{name}_error"))
            if not rows:
                return float("nan"), float("nan")
            return float(values.mean()), float(np.sqrt((errors**2).sum()) / len(rows))

        inverse, error = mean("inverse_capacity")
        self.capacity_ = 1 / inverse if inverse != 0 else float("inf")
        self.capacity_error_ = error / inverse**2 if inverse != 0 else float("nan")
        self.radius_, self.radius_error_ = mean("radius")
        self.dimension_, self.dimension_error_ = mean("dimension")


def without_directions(blocks: GramBlocks, number: int, coefficients: Floats) -> tuple[Floats, float]:
    """A class's examples and centre once shared directions are projected out.

    Parameters
    ----------
    blocks : GramBlocks
    number : int
        Of the class.
    coefficients : ndarray, shape (P, k), float64
        Orthonormal directions in terms of the centres about their mean.

    Returns
    -------
    gram : ndarray, shape (m, m), float64
        Of the examples about their centre.
    center : float
        Squared distance of the centre from the mean of all examples.
    """
    crossed, centers = blocks.crossed[number], blocks.centers
    inside = coefficients.T @ (crossed - crossed.mean(axis=0))
    along = coefficients.T @ (centers[:, number] - centers[:, number].mean())
    return blocks.within[number] - inside.T @ inside, float(centers[number, number] - along @ along)


def _rank(gram: Floats, floor: float) -> int:
    return int((np.linalg.eigvalsh(gram) > floor).sum())
