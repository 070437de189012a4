import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.config import sizes
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.representations import images
from rote.representations.images import balanced_batches, balanced_subset, draw_images, fitting_batch_size
from tests.unit.small_tables import write_images


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
    chosen = images.IMAGES_OF_A_BATCH, images.LEAST_IMAGES
    assert chosen == (sizes.IMAGES_OF_A_BATCH, sizes.LEAST_IMAGES)


def test_more_images_than_there_are_is_refused():
    with pytest.raises(DataError, match="2 batches of 60 take 120 images, and there are 100"):
        balanced_batches(np.arange(100) % 10, 2, 60, np.random.default_rng(0))


@given(classes=st.integers(1, 12), per_class=st.integers(1, 9), more=st.integers(0, 9), seed=st.integers(0, 100))
def test_a_subset_has_as_many_examples_of_each_class_and_a_smaller_one_is_part_of_it(classes, per_class, more, seed):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(classes), per_class + more))
    drawn, larger = (balanced_subset(labels, n, np.random.default_rng(seed)) for n in (per_class, per_class + more))
    assert np.array_equal(np.bincount(labels[drawn], minlength=classes), [per_class] * classes)
    assert (np.diff(drawn) > 0).all()
    assert set(drawn) <= set(larger)


def test_a_class_with_too_few_images_is_named():
    with pytest.raises(DataError, match="5 images of each class are wanted, and class 1 has 3"):
        balanced_subset(np.array([0] * 9 + [1] * 3), 5, np.random.default_rng(0))


@pytest.mark.parametrize("drawing", [{}, {"batches": 2, "per_class": 3}])
def test_images_are_drawn_in_one_way(tmp_path, drawing):
    write_images(tmp_path / "test.parquet", np.zeros((20, 2, 2, 1), np.uint8), np.arange(20) % 4, split="test")
    with pytest.raises(ConfigError, match="give batches or per_class"):
        draw_images(tmp_path / "test.parquet", tmp_path / "drawn.parquet", **drawing, job=Job(0, "noise"))
