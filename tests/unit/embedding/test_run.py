"""Layouts of a run's images, from tables to tables."""

import pandas as pd
import pytest
import torch

from rote import tables
from rote.embedding.neighbours import distances, label_agreement
from rote.embedding.run import embed_images
from rote.errors import ConfigError, TrainingError
from rote.job import Job
from rote.models.taps import representations
from rote.tables.embedding import EMBEDDINGS, NEIGHBOUR_LABELS
from rote.tables.training import HISTORY
from rote.training.inputs import Normalisation
from tests.unit.representations.test_manifolds import write_study

HOW = {"epochs": ["first", "last"], "classes": 3, "n_neighbors": 5, "agreement_neighbours": 4}


def laid_out(folder, **options):
    rows = [(epoch, "test", 80, 2.0, error, 0.1) for epoch, error in ((0, 0.9), (1, 0.5))]
    names = [column.name for column in HISTORY.columns]
    tables.write(folder / "history.parquet", HISTORY, dict(zip(names, zip(*rows, strict=True), strict=True)), {})
    embed_images(
        checkpoints=folder / "checkpoints.parquet",
        history=folder / "history.parquet",
        images=[folder / "train.parquet", folder / "test.parquet"],
        drawn=folder / "drawn.parquet",
        points=folder / "points.parquet",
        neighbours=folder / "neighbours.parquet",
        how={**HOW, **options},
        job=Job(0, "run"),
    )
    return [
        tables.read(folder / f"{name}.parquet", schema).to_pandas()
        for name, schema in (("points", EMBEDDINGS), ("neighbours", NEIGHBOUR_LABELS))
    ]


def test_an_image_of_several_groups_has_one_place_at_an_epoch(tmp_path):
    write_study(tmp_path)
    points, _ = laid_out(tmp_path)
    assert set(points["group"]) == {"unpermuted", "permuted", "restored", "test"}
    assert (points.groupby(["epoch", "tap", "example"])[["x", "y"]].nunique() == 1).all(axis=None)
    shared = set(points.loc[points["group"] == "permuted", "example"]) & set(
        points.loc[points["group"] == "restored", "example"]
    )
    assert shared


def test_agreements_are_those_of_the_features_within_each_group(tmp_path):
    pixels, networks = write_study(tmp_path)
    points, counted = laid_out(tmp_path, taps=["relu_1"])
    for row in counted.itertuples():
        own = points[(points["group"] == row.group) & (points["epoch"] == row.epoch)]
        inputs = Normalisation([0.5], [0.3], torch.device("cpu"))(torch.from_numpy(pixels[own["example"]]))
        features = representations(networks[row.epoch], inputs, ["relu_1"])
        found = label_agreement(distances(features["relu_1"].numpy()), own["class"], 4)
        assert (row.agreement, row.standard_error, row.chance) == pytest.approx(found, rel=1e-6)
        assert row.images == len(own)


def test_the_last_relu_is_taken_where_no_tap_is_named(tmp_path):
    write_study(tmp_path)
    assert set(laid_out(tmp_path)[0]["tap"]) == {"relu_2"}


def test_neighbours_alone_are_counted_where_no_layout_is_asked_for(tmp_path):
    write_study(tmp_path)
    (points, counted), (without, same) = (laid_out(tmp_path, is_laid_out=asked) for asked in (True, False))
    assert points[["x", "y"]].notna().all(axis=None)
    assert without[["x", "y"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(counted, same)


def test_a_second_time_gives_the_same_bytes(tmp_path):
    write_study(tmp_path)
    first, second = (laid_out(tmp_path)[0] for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [({"taps": ["relu_9"]}, ConfigError, "relu_9"), ({"epochs": [7]}, TrainingError, "no checkpoint of epoch 7")],
)
def test_what_is_not_there_is_named_and_nothing_is_written(tmp_path, options, error, message):
    write_study(tmp_path)
    with pytest.raises(error, match=message):
        laid_out(tmp_path, **options)
    assert not (tmp_path / "points.parquet").exists()
