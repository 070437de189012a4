"""Networks of several widths gathered: what each run's own tables say of it."""

import pytest

from rote import tables
from rote.geometry.double_descent import gather_widths
from rote.job import Job
from rote.tables.double_descent import WIDTHS
from rote.tables.training import HISTORY
from tests.unit.small_networks import network
from tests.unit.small_tables import write_checkpoints

ERRORS = {0: 0.9, 3: 0.2, 8: 0.5}  # test error by epoch


def write_run(folder, width):
    folder.mkdir()
    rows = [
        (epoch, subset, 10, 1.0, error if subset == "test" else error / 2, 0.1)
        for epoch, error in ERRORS.items()
        for subset in ("train", "test")
    ]
    names = [column.name for column in HISTORY.columns]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    tables.write(folder / "history.parquet", HISTORY, columns, {"wildcards": {"run": f"width_{width}"}})
    architecture = {"name": "mlp", "depth": 1, "width": width}
    write_checkpoints(folder, {8: network(architecture, 0)}, architecture=architecture)
    return folder


def test_errors_and_parameters_are_those_of_each_run_at_its_best_and_last_epoch(tmp_path):
    folders = [write_run(tmp_path / str(width), width) for width in (8, 4)]
    gather_widths(
        [folder / "history.parquet" for folder in folders],
        [folder / "checkpoints.parquet" for folder in folders],
        tmp_path / "widths.parquet",
        seeds=[0, 0],
        job=Job(0, "x"),
    )
    found = tables.read(tmp_path / "widths.parquet", WIDTHS).to_pylist()
    assert [row["run"] for row in found] == ["width_4", "width_4", "width_8", "width_8"]
    for row in found:
        made = network({"name": "mlp", "depth": 1, "width": int(row["run"].removeprefix("width_"))}, 0)
        assert row["parameters"] == sum(parameter.numel() for parameter in made.parameters())
        assert row["epoch"] == {"best": 3, "last": 8}[row["at"]]
        assert row["test_error"] == ERRORS[row["epoch"]]
        assert row["train_error"] == pytest.approx(ERRORS[row["epoch"]] / 2)
        assert row["dimension"] is None
