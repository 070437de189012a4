"""Small tables of each kind that is computed again in part, and how one value of them is forged."""

import numpy as np
import torch

from rote import tables
from rote.density.fit import fit_classes
from rote.files import checksum
from rote.memorization.trials import train_trials
from rote.models.build import build
from rote.robustness.examples import certify_examples
from rote.similarity import rows
from rote.similarity.compare import compare_epochs
from rote.tables.data import LABELS
from rote.tables.data import images as images_schema
from rote.tables.dynamics import GRAM_ROWS
from rote.tables.representations import as_column
from rote.tables.representations import representations as representations_schema
from rote.training.checkpoints import write_checkpoint, write_manifest

CPU, SHAPE, SEED = torch.device("cpu"), (8, 8, 1), 5
ARCHITECTURE = {"name": "plain_convolutional", "width": 2}
RECIPE = {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 1, "batch_size": 10}
SPEC = {"architecture": ARCHITECTURE, "recipe": RECIPE, "together": 2}
CERTIFICATION = {"sigma": 0.5, "noise_units": "normalised", "n0": 20, "n": 200, "alpha": 0.01}
OPTIONS = {
    "protocol": "exact",
    "n_chains": 2,
    "n_init_components": 2,
    "n_sweeps": 30,
    "n_discarded": 10,
    "keep_every": 4,
}
HOW = {"estimator": "biased", "batches": "mean_of_cka", "memory": 1 << 20}


def forge(path, schema, column, place, change):
    """Alter one value and write the table as rote does, with a digest that fits: only computing it again tells."""
    recorded = tables.provenance(path)
    columns = tables.read(path, schema).to_pydict()
    columns[column][place] = change(columns[column][place])
    tables.write(path, schema, columns, recorded)


def write_images(folder):
    random = np.random.default_rng(0)
    for split, n in (("train", 40), ("test", 20)):
        label = np.arange(n) % 3
        pixels = (random.integers(0, 150, (n, *SHAPE)) + 50 * label[:, None, None, None]).astype(np.uint8)
        header = {"name": "greys", "shape": SHAPE, "classes": list("abc"), "mean": [0.5], "std": [0.3]}
        columns = {"example": np.arange(n), "image": [image.tobytes() for image in pixels], "true_label": label}
        described = {"dataset": {**header, "licence": "none", "split": split}}
        tables.write(folder / f"{split}.parquet", images_schema(SHAPE), columns, described)
    label = np.arange(40) % 3
    columns = {"example": np.arange(40), "true_label": label, "train_label": label, "permuted": np.zeros(40, bool)}
    tables.write(folder / "labels.parquet", LABELS, columns, {})
    return {name: folder / f"{name}.parquet" for name in ("train", "test", "labels")}


def write_trials(folder, data):
    """Two shards of trials, which part a stack."""
    for shard, (first, count) in enumerate([(0, 3), (3, 3)]):
        train_trials(
            name="estimate",
            spec=SPEC,
            first=first,
            count=count,
            **data,
            trials=folder / f"trials_{shard}.parquet",
            times=folder / f"times_{shard}.parquet",
            folder=folder / f"trials_{shard}",
            study_seed=SEED,
            threads=1,
            provenance={},
        )


def write_densities(folder):
    random, dimensions = np.random.default_rng(1), 3
    schema = representations_schema(dimensions)
    columns = {
        "example": np.arange(90),
        "true_label": np.arange(90) % 3,
        "train_label": np.arange(90) % 3,
        "representation": as_column(random.normal(size=(90, dimensions)).astype(np.float32)),
    }
    tables.write(folder / "tap.parquet", schema, columns, {"dimensions": dimensions})
    paths = {"representations": folder / "tap.parquet"} | {
        name: folder / f"{name}.parquet" for name in ("samples", "traces")
    }
    fit_classes(**paths, options=OPTIONS, owner="run, tap", study_seed=SEED, processes=1, provenance={})
    return paths


def write_map(folder):
    """Gram rows of seven epochs and an unrelated network at two taps, and the map of the epochs."""
    random = torch.Generator().manual_seed(0)
    listed = {name: [] for name in ("reference", "index", "epoch", "file", "bytes", "checksum")}
    for reference, index, epoch in [*(("own", 0, epoch) for epoch in range(7)), ("unrelated", 1, 0)]:
        path = folder / "gram_rows" / f"{reference}_{epoch}.safetensors"
        taps = {tap: [rows.pack(torch.randn(12, 20, generator=random)) for _ in range(2)] for tap in ("one", "two")}
        rows.save(path, taps)
        values = (reference, index, epoch, f"gram_rows/{path.name}", path.stat().st_size, checksum(path))
        for column, value in zip(listed.values(), values, strict=True):
            column.append(value)
    tables.write(folder / "gram_rows.parquet", GRAM_ROWS, listed, {})
    compare_epochs(folder / "gram_rows.parquet", folder / "epoch_cka.parquet", **HOW, device=CPU, provenance={})
    return {"rows": folder / "gram_rows.parquet", "epoch_cka": folder / "epoch_cka.parquet"}


def write_certificates(folder, data):
    torch.set_num_threads(1)
    model = build("plain_convolutional", image_shape=SHAPE, n_classes=3, seed=0, width=2)
    with torch.no_grad():
        for _ in range(30):
            model.train()(torch.randn(50, 1, 8, 8, generator=torch.Generator().manual_seed(0)))
    written = [write_checkpoint(model, folder / "checkpoints", 1)]
    write_manifest(folder / "checkpoints.parquet", folder / "checkpoints", written, {})
    given = {
        "run": "smoothed",
        "checkpoints": folder / "checkpoints.parquet",
        "images": data["train"],
        "architecture": ARCHITECTURE,
        "recipe": RECIPE,
        "study_seed": SEED,
        "device": CPU,
    }
    path = folder / "certificates.parquet"
    certify_examples(**given, examples=range(0, 40, 4), output=path, **CERTIFICATION, provenance={})
    return path, given
