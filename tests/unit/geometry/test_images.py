from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from rote.data.labels import corrupt_labels
from rote.errors import DataError
from rote.geometry.images import draw_manifolds
from rote.job import Job
from rote.representations.manifold_blocks import load_manifolds
from tests.unit.small_tables import write_images, write_labels

N_TRAIN, N_TEST, N_CLASSES = 600, 200, 4


@dataclass
class Drawn:
    folder: Path
    true_label: np.ndarray
    train_label: np.ndarray
    permuted: np.ndarray
    test_label: np.ndarray

    def draw(self, images_per_class=20, least=2, key="noise, half, seed 0", **options):
        output = self.folder / "manifolds.parquet"
        draw_manifolds(
            train=self.folder / "train.parquet",
            test=self.folder / "test.parquet",
            labels=self.folder / "labels.parquet",
            output=output,
            images_per_class=images_per_class,
            least_images_per_class=least,
            job=Job(1, key),
            **options,
        )
        return {(group.group, group.shuffled): group for group in load_manifolds(output)}


def study(folder, fraction=0.5, n_train=N_TRAIN, n_test=N_TEST):
    pixels = np.zeros((n_train + n_test, 8, 8, 1), np.uint8)
    true_label, test_label = np.arange(n_train) % N_CLASSES, np.arange(n_test) % N_CLASSES
    labels = corrupt_labels(true_label, N_CLASSES, np.random.default_rng(0), fraction=fraction)
    write_images(folder / "train.parquet", pixels[:n_train], true_label)
    write_images(folder / "test.parquet", pixels[n_train:], test_label, split="test")
    write_labels(folder / "labels.parquet", true_label, labels.train_label, permuted=labels.permuted)
    return Drawn(folder, true_label, labels.train_label, labels.permuted, test_label)


@pytest.fixture
def half_random(tmp_path):
    return study(tmp_path)


def test_a_group_s_images_are_of_that_group_and_have_the_labels_that_it_goes_by(half_random):
    drawn = half_random.draw()
    labels = np.concatenate([half_random.true_label, half_random.test_label])
    trained = np.concatenate([half_random.train_label, half_random.test_label])
    for name, by in (("unpermuted", trained), ("permuted", trained), ("restored", labels), ("test", labels)):
        group = drawn[name, False]
        assert (by[group.examples] == np.array(group.classes)[:, None]).all()
        if name == "test":
            assert (group.examples >= N_TRAIN).all()
        else:
            assert (half_random.permuted[group.examples] == (name != "unpermuted")).all()


def test_every_manifold_has_as_many_different_images(half_random):
    for group in half_random.draw().values():
        assert group.examples.shape == (N_CLASSES, 20)
        assert len(np.unique(group.examples)) == N_CLASSES * 20


def test_shuffled_classes_have_the_group_s_images_and_mix_its_labels(half_random):
    drawn = half_random.draw()
    for (name, shuffled), group in drawn.items():
        if shuffled:
            own = drawn[name, False].examples
            assert set(group.examples.ravel()) == set(own.ravel())
            kept = (group.examples[:, :, None] == own[:, None, :]).any(2).mean()
            assert 0.05 < kept < 0.6  # a quarter by chance


def test_restored_takes_the_images_of_permuted_where_classes_allow_it(half_random):
    drawn = half_random.draw()
    permuted, restored = (drawn[name, False].examples for name in ("permuted", "restored"))
    for label, row in enumerate(restored):
        taken = permuted[half_random.true_label[permuted] == label]
        assert np.isin(row, permuted).sum() == min(len(taken), 20)


def test_all_groups_have_as_many_images_as_the_smallest_class_of_all(half_random):
    counts = [np.bincount(half_random.train_label[half_random.permuted == which]).min() for which in (False, True)]
    counts += [np.bincount(half_random.true_label[half_random.permuted]).min(), N_TEST // N_CLASSES]
    assert {group.examples.shape[1] for group in half_random.draw(images_per_class=1000).values()} == {min(counts)}


@pytest.mark.parametrize(("fraction", "absent"), [(0, {"permuted", "restored"}), (1, {"unpermuted"})])
def test_a_group_without_images_is_left_out(tmp_path, fraction, absent):
    drawn = study(tmp_path, fraction).draw()
    assert {name for name, _ in drawn} == {"unpermuted", "permuted", "restored", "test"} - absent


def test_of_a_run_s_subset_alone_are_training_images_drawn(half_random):
    drawn = half_random.draw(images_per_class=5, subset=150)
    examples = [group.examples.ravel() for (name, _), group in drawn.items() if name != "test"]
    whole = half_random.draw(images_per_class=1000, least=2, subset=150)
    assert len(np.unique(np.concatenate(examples))) <= 150
    assert whole["unpermuted", False].examples.shape[1] < 30


def test_a_class_with_too_few_images_is_an_error_that_names_it(half_random):
    with pytest.raises(DataError, match=r"class \d has \d+ \w+ images, and a manifold is of at least 70: .* lower"):
        half_random.draw(images_per_class=80, least=70)


def test_equal_keys_give_equal_draws_and_other_keys_others(half_random):
    first, same, other = (half_random.draw(key=key) for key in ("a", "a", "b"))
    assert all((first[group].examples == same[group].examples).all() for group in first)
    assert all((first[group].examples != other[group].examples).any() for group in first)


def test_of_more_than_a_hundred_classes_a_hundred_are_drawn_the_same_for_every_group(tmp_path):
    n, classes = 103 * 4, [f"{number:03d}" for number in range(103)]
    pixels, label = np.zeros((n, 8, 8, 1), np.uint8), np.arange(n) % 103
    write_images(tmp_path / "train.parquet", pixels, label, classes=classes)
    write_images(tmp_path / "test.parquet", pixels, label, split="test", classes=classes)
    write_labels(tmp_path / "labels.parquet", label)
    drawn = Drawn(tmp_path, label, label, np.zeros(n, bool), label).draw(images_per_class=3)
    chosen = {group.classes for group in drawn.values()}
    assert len(chosen) == 1
    assert len(set(*chosen)) == 100
