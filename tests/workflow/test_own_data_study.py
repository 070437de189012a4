"""Data of one's own in a study: pictures and arrays side by side, and what a change of them runs again."""

import os

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from rote.data.images import load_images

NAMES = ("pictures", "numbers")
TARGETS = ["--", *(f"results/micro/runs/of_{name}/history.parquet" for name in NAMES)]
OF_PICTURES = {"fetch_dataset": 1, "convert_dataset": 1, "corrupt_labels": 1, "train_run": 1}


def name_data(config):
    """Two data sets of one's own, each with a tiny network."""
    config["datasets"] |= {
        "pictures": {"kind": "image_folder", "path": "pictures", "test_share": 0.2},
        "numbers": {"kind": "arrays", "path": "numbers.npz", "range": [0, 16], "test_share": 0.2},
    }
    run = {"title": "", "labels": "noise_20", "architecture": "k2", "recipe": "short"}
    config["runs"] |= {f"of_{name}": run | {"dataset": name} for name in NAMES}


@pytest.fixture(scope="module")
def trained(checkout, tmp_path_factory):
    """A study of scikit-learn's digits as PNG files in a folder for each class, and as numbers in a NumPy archive."""
    study = checkout.copy(tmp_path_factory.mktemp("own") / "rote")
    digits = load_digits()
    order = np.argsort(digits.target, kind="stable")
    images, labels = digits.images[order], digits.target[order]
    np.savez(study.folder / "numbers.npz", images=images, labels=labels)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        folder = study.folder / f"pictures/{label}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(image * (255 / 16)).astype(np.uint8)).save(folder / f"{number:04}.png")
    study.configure(name_data)
    done = study.snakemake(*TARGETS)
    assert done.returncode == 0, done.stdout + done.stderr
    return study


def test_pictures_and_arrays_of_the_same_digits_give_the_same_tables(trained):
    for split, n in (("train", 1438), ("test", 359)):
        pictures, numbers = (
            load_images(trained.folder / f"results/micro/data/{name}/{split}.parquet") for name in NAMES
        )
        assert pictures.images.shape == (n, 8, 8, 1)
        np.testing.assert_array_equal(pictures.images, numbers.images)
        np.testing.assert_array_equal(pictures.labels, numbers.labels)
        assert pictures.classes == numbers.classes == tuple("0123456789")


def test_what_is_the_same_elsewhere_or_with_another_time_runs_nothing_and_a_changed_picture_its_own(trained):
    assert trained.plan(*TARGETS) == {}
    picture = trained.folder / "pictures/3/0600.png"
    os.utime(picture)
    (trained.folder / "pictures").rename(trained.folder / "moved")
    trained.configure(lambda config: config["datasets"]["pictures"].update(path="moved"))
    assert trained.plan(*TARGETS) == {}
    Image.fromarray(np.eye(8, dtype=np.uint8)).save(trained.folder / "moved/3/0600.png")
    assert trained.plan(*TARGETS) == OF_PICTURES


def test_a_missing_folder_is_named_before_any_work(fresh):
    fresh.configure(name_data)
    done = fresh.snakemake("--dry-run", *TARGETS)
    assert done.returncode == 1
    assert "datasets.pictures.path: there is no file or folder pictures (" in done.stdout + done.stderr
    assert "datasets.numbers.path: there is no file or folder numbers.npz (" in done.stdout + done.stderr
