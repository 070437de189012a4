"""Networks that differ in width, gathered: error and geometry of the last layer against the number of parameters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from rote import tables
from rote.job import Job
from rote.tables.double_descent import WIDTHS
from rote.tables.frames import gather
from rote.tables.geometry import CAPACITIES, NO_LAYERS
from rote.tables.training import HISTORY, best_epoch
from rote.training.blueprint import Blueprint

QUANTITIES = ("capacity", "relative_radius", "dimension", "center_correlation", "n_features")


def gather_widths(
    histories: Sequence[Path],
    manifests: Sequence[Path],
    output: Path,
    *,
    capacities: Sequence[Path] = (),
    seeds: Sequence[int],
    job: Job,
) -> None:
    """Gather what was measured of networks of several widths; write a WIDTHS table.

    Parameters
    ----------
    histories, manifests : sequence of Path
        HISTORY and CHECKPOINTS of each run.
    output : Path
    capacities : sequence of Path
        CAPACITIES of each run; of its last layer those of the test images are taken. None where there are none.
    seeds : sequence of int
        Of each run.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    rows = []
    geometry: Sequence[Path | None] = capacities or [None] * len(histories)
    for history, manifest, capacity, seed in zip(histories, manifests, geometry, seeds, strict=True):
        rows += _of_run(gather(history, HISTORY, by=["run"]), manifest, capacity, seed)
    frame = pd.DataFrame(rows).sort_values(["parameters", "seed", "at"], kind="stable")
    tables.write(output, WIDTHS, {column.name: frame[column.name] for column in WIDTHS.columns}, job.recorded())


def _of_run(history: pd.DataFrame, manifest: Path, capacity: Path | None, seed: int) -> list[dict[str, Any]]:
    model = Blueprint.read(manifest).untrained(seed=0)
    size = sum(parameter.numel() for parameter in model.parameters())
    errors = history.pivot(index="epoch", columns="subset", values="error")
    last = None if capacity is None else _last_layer(gather(capacity, CAPACITIES))
    rows = []
    for at, epoch in (("best", best_epoch(history)), ("last", int(history["epoch"].max()))):
        found = {"run": history["run"].iloc[0], "seed": seed, "parameters": size, "at": at, "epoch": epoch}
        found |= {f"{split}_error": errors.loc[epoch, split] for split in ("train", "test")}
        measured = None if last is None else last[last["epoch"] == epoch]
        known = measured is not None and len(measured) == 1
        found |= {
            name: measured[name].iloc[0] if known and measured is not None else None for name in ("tap", *QUANTITIES)
        }
        rows.append(found)
    return rows


def _last_layer(capacities: pd.DataFrame) -> pd.DataFrame:
    """Rows of the test images at the last layer that is no tap of logits."""
    layers = capacities[~capacities["tap"].isin(NO_LAYERS)]
    last = layers["tap"] == list(dict.fromkeys(layers["tap"]))[-1]
    found: pd.DataFrame = layers[last & (layers["group"] == "test") & ~layers["shuffled"]]
    return found
