"""Random draws keyed by what they belong to: no order of examples, classes or features changes them."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Sampling = Literal["independent", "stratified"]
RandomState = int | np.random.SeedSequence | None

PURPOSES = ("directions", "centre coordinate", "starts", "labels", "projection", "dichotomy")
Purpose = Literal["directions", "centre coordinate", "starts", "labels", "projection", "dichotomy"]


def root_seed(random_state: RandomState) -> np.random.SeedSequence:
    """The seed that all draws of an analysis derive from; None is another one each time."""
    return random_state if isinstance(random_state, np.random.SeedSequence) else np.random.SeedSequence(random_state)


def generator(seed: np.random.SeedSequence, purpose: Purpose, key: int) -> np.random.Generator:
    """Generator of the draws for a purpose that belong to a key."""
    own = (*seed.spawn_key, PURPOSES.index(purpose), key)
    return np.random.default_rng(np.random.SeedSequence(seed.entropy, spawn_key=own))


def directions(seed: np.random.SeedSequence, keys: Sequence[int], n_draws: int) -> Floats:
    """Standard normal vectors of a class, shape (n_draws, m): a column for each example."""
    return np.stack([generator(seed, "directions", key).standard_normal(n_draws) for key in keys], axis=1)


def center_coordinates(
    seed: np.random.SeedSequence, keys: Sequence[int], n_draws: int, sampling: Sampling = "independent"
) -> Floats:
    """Their coordinates along the class's centre, shape (n_draws,); a class's key is the smallest of its examples.

    Stratified ones are standard normal each, and there is one in each of n_draws parts of equal probability.
    """
    random = generator(seed, "centre coordinate", min(keys))
    if sampling == "independent":
        return random.standard_normal(n_draws)
    part = random.permutation(n_draws)
    coordinates: Floats = ndtri((part + random.uniform(np.finfo(np.float64).tiny, 1, n_draws)) / n_draws)
    return coordinates
