"""Layouts in the plane: the same bytes, finite, and faithful to groups that are apart."""

import hashlib
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from rote.embedding import distances, embed, label_agreement
from rote.embedding.plane import principal_coordinates
from rote.errors import DataError

random = np.random.default_rng(0)
GROUPS = np.repeat(20 * random.standard_normal((3, 8)), 20, axis=0) + random.standard_normal((60, 8))
LABELS = np.repeat([0, 1, 2], 20)
LAID_OUT = """
import hashlib
import numba
from threadpoolctl import threadpool_limits
from rote.embedding import distances, embed
from tests.unit.embedding.test_plane import GROUPS
for threads in (1, 2):
    numba.set_num_threads(threads)
    with threadpool_limits(threads):
        print(hashlib.sha256(embed(distances(GROUPS), seed=1).tobytes()).hexdigest())
"""


def test_groups_that_are_apart_stay_apart():
    assert label_agreement(distances(embed(distances(GROUPS), seed=1)), LABELS).share == 1


def test_the_same_seed_gives_the_same_bytes_and_another_another_layout():
    between = distances(GROUPS)
    first, again, other = (embed(between, seed=seed) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes() != other.tobytes()


@pytest.mark.slow
def test_another_process_with_any_number_of_threads_gives_the_same_bytes():
    environment = {**os.environ, "NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", LAID_OUT], env=environment, capture_output=True, text=True, check=True)
    here = hashlib.sha256(embed(distances(GROUPS), seed=1).tobytes()).hexdigest()
    assert done.stdout.split() == [here, here]


def test_global_random_states_change_nothing():
    np.random.seed(5)  # noqa: NPY002
    first = embed(distances(GROUPS), seed=1)
    np.random.seed(6)  # noqa: NPY002
    assert embed(distances(GROUPS), seed=1).tobytes() == first.tobytes()


@pytest.mark.parametrize(
    ("points", "n_neighbors"),
    [
        (np.concatenate([random.standard_normal((30, 3)), 1e4 + random.standard_normal((30, 3))]), 5),
        (random.standard_normal((6, 3)), 15),
        (np.repeat(random.standard_normal((20, 3)), 3, axis=0), 15),
        (np.zeros((20, 3)), 5),
    ],
    ids=["two far groups", "fewer points than neighbours", "every point three times", "one point"],
)
def test_points_of_any_kind_have_finite_places_without_a_warning(points, n_neighbors):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ImportWarning)  # of an optional part of umap-learn; Python shows none
        assert np.isfinite(embed(distances(points), n_neighbors=n_neighbors, seed=1)).all()


def test_the_layout_starts_at_principal_coordinates():
    centred = GROUPS - GROUPS.mean(axis=0)
    left, values, _ = np.linalg.svd(centred, full_matrices=False)
    expected = left[:, :2] * values[:2]
    expected *= 10 / np.abs(expected).max()
    found = principal_coordinates(distances(GROUPS))
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)


def test_two_points_are_refused():
    with pytest.raises(DataError, match="3 or more"):
        embed(np.zeros((2, 2)), seed=0)
