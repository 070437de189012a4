"""Small tables of each kind that is computed again in part, and how one value of them is forged."""

import numpy as np
import torch

from rote import tables
from rote.density.fit import fit_classes
from rote.job import Job
from rote.memorization.trials import train_trials
from rote.representations.images import draw_images
from rote.representations.record import record_representations
from rote.review.networks import EpochMap, Run
from rote.robustness.examples import Wanted, certify_examples
from rote.similarity.compare import compare_epochs
from rote.tables.representations import as_column
from rote.tables.representations import representations as representations_schema
from rote.training.run import train_run
from tests.unit import small_tables
from tests.unit.small_networks import PLAIN, SHAPE, accustomed, network, random_inputs
from tests.unit.small_tables import write_checkpoints, write_gram_rows

CPU, SEED = torch.device("cpu"), 5
RECIPE = {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 1, "batch_size": 10}
SPEC = {"architecture": PLAIN, "recipe": RECIPE, "stack_size": 2}
CERTIFICATION = {"standard_deviation": 0.5, "noise_units": "normalised", "n0": 20, "n": 200, "alpha": 0.01}
OPTIONS = {
    "protocol": "exact",
    "n_chains": 2,
    "n_init_components": 2,
    "n_sweeps": 30,
    "n_discarded": 10,
    "keep_every": 4,
}
WHAT = {"form": "gram", "epochs": "all"}
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
        small_tables.write_images(folder / f"{split}.parquet", pixels, label, split=split, classes="abc")
    small_tables.write_labels(folder / "labels.parquet", np.arange(40) % 3)
    return {name: folder / f"{name}.parquet" for name in ("train", "test", "labels")}


def write_trials(folder, data):
    """Two shards of trials, which part a stack."""
    for shard, (first, count) in enumerate([(0, 3), (3, 3)]):
        train_trials(
            spec=SPEC,
            numbers=range(first, first + count),
            **data,
            trials=folder / f"trials_{shard}.parquet",
            times=folder / f"times_{shard}.parquet",
            job=Job(SEED, "estimate"),
        )


def described(folder, data, *, seed=0):
    """A run of ten epochs in a folder, with its map."""
    on_record = {name: folder / f"{name}.parquet" for name in ("gram_rows", "epoch_cka")}
    recipe = {**RECIPE, "epochs": 10, "checkpoints": {"every": 2}}
    return Run(
        spec={"architecture": PLAIN, "recipe": recipe, "seed": seed},
        **data,
        history=folder / "history.parquet",
        checkpoints=folder / "checkpoints.parquet",
        job=Job(SEED, "run"),
        epoch_map=EpochMap(
            **on_record, images=data["test"], drawn=data["test"].with_name("drawn.parquet"), what=WHAT, how=HOW
        ),
    )


def write_run(folder, data, *, seed=0, labels=None):
    """Train a run of ten epochs and draw its map."""
    run = described(folder, data | ({"labels": labels} if labels else {}), seed=seed)
    shown = run.epoch_map
    draw_images(shown.images, shown.drawn, batches=1, batch_size=20, job=run.job)
    paths = {name: getattr(run, name) for name in ("train", "test", "labels", "history", "checkpoints")}
    train_run(spec=run.spec, **paths, job=run.job)
    record_representations(
        checkpoints=run.checkpoints,
        images=shown.images,
        drawn=shown.drawn,
        output=shown.gram_rows,
        what=WHAT,
        job=run.job,
    )
    compare_epochs(shown.gram_rows, shown.epoch_cka, **HOW, job=run.job)
    return run


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
    fit_classes(**paths, options=OPTIONS, job=Job(SEED, "run, tap"))
    return paths


def write_map(folder):
    """Gram rows of seven epochs and an unrelated network at two taps, and the map of the epochs."""
    random = torch.Generator().manual_seed(0)
    networks = [
        (*network, {tap: torch.randn(2, 12, 20, generator=random) for tap in ("one", "two")})
        for network in [*(("own", 0, epoch) for epoch in range(7)), ("unrelated", 1, 0)]
    ]
    rows = write_gram_rows(folder, networks)
    compare_epochs(rows, folder / "epoch_cka.parquet", **HOW, job=Job())
    return {"rows": rows, "epoch_cka": folder / "epoch_cka.parquet"}


def write_certificates(folder, data):
    torch.set_num_threads(1)
    model = accustomed(network(PLAIN, 0, n_classes=3), random_inputs(50, 0))
    given = {
        "checkpoints": write_checkpoints(folder, {1: model}, n_classes=3),
        "images": data["train"],
        "job": Job(SEED, "smoothed"),
    }
    path = folder / "certificates.parquet"
    wanted = Wanted(given["checkpoints"], range(0, 40, 4), path, given["job"])
    certify_examples([wanted], images=given["images"], certification=CERTIFICATION)
    return path, given
