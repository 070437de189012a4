"""The picture of training images and their labels."""

import numpy as np
import pandas as pd
import pytest

from rote.figures.labelled_images import labelled_examples, plot_labelled_images

CLASSES = ("zero", "one", "two")


@pytest.fixture
def labels():
    true, permuted = np.arange(30) % 3, np.arange(30) >= 15
    return pd.DataFrame(
        {
            "example": np.arange(30),
            "true_label": true,
            "train_label": np.where(permuted, (true + 1) % 3, true),
            "permuted": permuted,
        }
    )


def drawn(labels, seed=0):
    return labelled_examples(labels, CLASSES, 4, np.random.default_rng(seed))


def test_permuted_and_restored_images_are_the_same_and_are_analysed_by_other_labels(labels):
    found = drawn(labels)
    groups = {group: rows.reset_index() for group, rows in found.groupby("group")}
    assert {len(rows) for rows in groups.values()} == {4}
    assert groups["permuted"]["example"].tolist() == groups["restored"]["example"].tolist()
    assert (groups["unpermuted"]["train_label"] == groups["unpermuted"]["analysis_label"]).all()
    assert (groups["permuted"]["train_label"] == groups["permuted"]["analysis_label"]).all()
    assert (groups["restored"]["train_label"] == groups["permuted"]["train_label"]).all()
    true = labels.set_index("example")["true_label"]
    assert groups["restored"]["analysis_label"].tolist() == [
        CLASSES[true[one]] for one in groups["restored"]["example"]
    ]


def test_another_seed_draws_other_images_and_the_same_seed_the_same(labels):
    pd.testing.assert_frame_equal(drawn(labels), drawn(labels))
    assert drawn(labels, 1)["example"].tolist() != drawn(labels)["example"].tolist()


def test_without_permuted_labels_unpermuted_images_alone_are_shown(labels):
    assert set(drawn(labels.assign(permuted=False))["group"]) == {"unpermuted"}


@pytest.mark.parametrize("channels", [1, 3])
def test_each_image_stands_under_both_its_labels(labels, channels):
    examples = drawn(labels)
    images = {one: np.full((4, 4, channels), one, np.uint8) for one in range(30)}
    made = plot_labelled_images(examples, images, title="T")
    titles = [axes.get_title() for axes in made.axes]
    expected = zip(examples["train_label"], examples["analysis_label"], strict=True)
    assert titles == [f"trained: {trained}\nanalysed: {analysed}" for trained, analysed in expected]
    assert [np.asarray(axes.images[0].get_array()).flat[0] for axes in made.axes] == examples["example"].tolist()
