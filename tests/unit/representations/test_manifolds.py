import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rote import tables
from rote.errors import ConfigError, DataError
from rote.geometry.gram import gram_blocks
from rote.geometry.images import draw_manifolds
from rote.job import Job
from rote.models.taps import representations
from rote.representations.inner_products import InnerProducts
from rote.representations.manifold_blocks import load_manifolds
from rote.representations.record import record_representations
from rote.tables.representations import MANIFOLD_BLOCKS
from rote.tensors import description
from rote.training.inputs import Normalisation
from tests.unit.small_networks import SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels

MLP = {"name": "mlp", "depth": 2, "width": 12}
RESNET = {"name": "resnet", "depth": 18, "stem": "cifar", "width": 2}


def write_study(folder, architecture=MLP, epochs=2):
    """Images of four classes, half of the labels random, manifolds and checkpoints; give images and networks."""
    random = np.random.default_rng(0)
    pixels, label = random.integers(0, 256, (240, *SHAPE), dtype=np.uint8), np.arange(240) % 4
    permuted = random.random(160) < 0.5
    trained = np.where(permuted, random.integers(4, size=160), label[:160])
    write_images(folder / "train.parquet", pixels[:160], label[:160])
    write_images(folder / "test.parquet", pixels[160:], label[160:], split="test")
    write_labels(folder / "labels.parquet", label[:160], trained, permuted=permuted)
    of_data = {name: folder / f"{name}.parquet" for name in ("train", "test", "labels")}
    how = {"images_per_class": 7, "least_images_per_class": 2}
    draw_manifolds(**of_data, output=folder / "drawn.parquet", **how, job=Job(0, "noise"))
    networks = [network(architecture, seed) for seed in range(epochs)]
    write_checkpoints(folder, dict(enumerate(networks)), architecture=architecture)
    return pixels, networks


def record(folder, **options):
    images = [folder / "train.parquet", folder / "test.parquet"]
    given = {"images": images, "drawn": folder / "drawn.parquet"}
    record_representations(
        checkpoints=folder / "checkpoints.parquet",
        output=folder / "blocks" / "run.parquet",
        what={"form": "manifolds", "epochs": "all", "taps": "relu"},
        job=Job(0, "run"),
        **(given | options),
    )
    return folder / "blocks" / "run.parquet"


@pytest.mark.parametrize("architecture", [MLP, RESNET], ids=lambda architecture: architecture["name"])
def test_what_is_recorded_are_the_gram_blocks_of_all_features_of_every_group(tmp_path, architecture):
    pixels, networks = write_study(tmp_path, architecture)
    listed = tables.read(record(tmp_path), MANIFOLD_BLOCKS).to_pylist()
    assert [row["epoch"] for row in listed] == [0, 1]
    inputs = Normalisation([0.5], [0.3], torch.device("cpu"))(torch.from_numpy(pixels))
    groups = load_manifolds(tmp_path / "drawn.parquet")
    assert [(group.group, group.shuffled) for group in groups][:2] == [("unpermuted", False), ("unpermuted", True)]
    for row, model in zip(listed, networks, strict=True):
        path = tmp_path / "blocks" / row["file"]
        recorded, told = load_file(path), description(path)
        assert told["groups"] == [group.described() for group in groups]
        for tap, features in representations(model, inputs, "relu").items():
            assert told["n_features"][tap] == features.shape[1]
            for number, group in enumerate(groups):
                assert recorded[f"examples/{number}"].numpy().tolist() == group.examples.tolist()
                expected = gram_blocks([features.numpy()[rows] for rows in group.examples])
                for part in ("within", "crossed", "centers"):
                    found = recorded[f"{part}/{number}/{tap}"]
                    assert found.dtype == torch.float64
                    scale = np.abs(getattr(expected, part)).max()
                    # images of other batches round otherwise in the last digits of float32
                    assert found.numpy() == pytest.approx(np.array(getattr(expected, part)), abs=2e-6 * scale)


def test_inner_products_are_exact_beside_an_offset_of_a_thousand_deviations():
    random = np.random.default_rng(0)
    points = random.standard_normal((3, 5, 40)) + 1000
    products = InnerProducts(3)
    for rows in points:
        products.center(torch.from_numpy(rows))
    for rows in points:
        products.multiply(torch.from_numpy(rows))
    expected = gram_blocks(points)
    for found, known in zip(products.parts(), (expected.within, expected.crossed, expected.centers), strict=True):
        assert found.numpy() == pytest.approx(np.array(known), rel=1e-9, abs=1e-15)
    assert products.n_features == 40


def test_the_memory_for_inner_products_is_that_of_the_centres_and_of_few_manifolds():
    code = """
import resource, torch
from rote.representations.inner_products import InnerProducts
features = torch.rand(50, 40_000)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
def go_through(n):
    products = InnerProducts(n)
    for take in (products.center, products.multiply):
        for _ in range(n):
            take(features.clone())
go_through(2)
before = peak()
go_through(40)
print(peak() - before)
"""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment)
    assert float(done.stdout) < 10 * 50 * 40_000 * 8 / 2**20  # of 40 manifolds in float64, with room for the allocator


def test_what_is_recorded_is_kept_and_another_draw_replaces_it(tmp_path):
    write_study(tmp_path)
    folder = record(tmp_path).with_suffix("")
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    record(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    of_data = {name: tmp_path / f"{name}.parquet" for name in ("train", "test", "labels")}
    how = {"images_per_class": 7, "least_images_per_class": 2}
    draw_manifolds(**of_data, output=tmp_path / "drawn.parquet", **how, job=Job(1, "noise"))
    record(tmp_path)
    assert all(path.stat().st_mtime_ns != before[path.name] for path in folder.iterdir())


def test_a_diverged_network_is_an_error_that_names_tap_and_epoch(tmp_path):
    _, (model, _) = write_study(tmp_path)
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    write_checkpoints(tmp_path, {3: model}, architecture=MLP)
    with pytest.raises(DataError, match="tap relu_1 of epoch_000003: a representation holds a NaN"):
        record(tmp_path)


def test_manifolds_need_the_table_of_their_images(tmp_path):
    write_study(tmp_path)
    with pytest.raises(ConfigError, match="images that were drawn: give the table"):
        record(tmp_path, drawn=None)
