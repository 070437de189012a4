import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.config import sizes
from rote.errors import DataError
from rote.similarity import batches
from rote.similarity.batches import balanced_batches, fitting_batch_size


@given(classes=st.integers(1, 12), n_batches=st.integers(1, 5), batch_size=st.integers(1, 30), seed=st.integers(0, 100))
def test_batches_are_disjoint_and_classes_differ_by_at_most_one(classes, n_batches, batch_size, seed):
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(classes), n_batches * batch_size // classes + 1))
    drawn = balanced_batches(labels, n_batches, batch_size, random)
    assert drawn.shape == (n_batches, batch_size)
    assert len(np.unique(drawn)) == drawn.size
    counts = np.array([np.bincount(labels[batch], minlength=classes) for batch in drawn])
    assert counts.max() - counts.min() <= 1


def test_a_rare_class_gives_all_it_has():
    labels = np.array([0] * 4 + [1] * 100 + [2] * 100)
    drawn = balanced_batches(labels, 2, 30, np.random.default_rng(0))
    assert [np.bincount(labels[batch]).tolist() for batch in drawn] == [[2, 14, 14], [2, 14, 14]]


def test_the_draw_follows_from_the_seed():
    labels = np.arange(100) % 10
    first, same, other = (balanced_batches(labels, 2, 20, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


@given(n_images=st.integers(32, 5000), n_batches=st.integers(1, 4))
def test_a_batch_has_512_images_or_as_many_as_there_are_for_it(n_images, n_batches):
    size = fitting_batch_size(n_images, n_batches)
    assert size == 512 or size * n_batches <= n_images < (size + 1) * n_batches
    assert 8 <= size <= 512


def test_batches_are_as_large_whether_the_configuration_or_the_job_chooses_their_size():
    chosen = batches.IMAGES_OF_A_BATCH, batches.LEAST_IMAGES
    assert chosen == (sizes.IMAGES_OF_A_BATCH, sizes.LEAST_IMAGES)


def test_more_images_than_there_are_is_refused():
    with pytest.raises(DataError, match="2 batches of 60 take 120 images, and there are 100"):
        balanced_batches(np.arange(100) % 10, 2, 60, np.random.default_rng(0))
