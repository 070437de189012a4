import pytest

from rote import tables
from rote.files import checksum
from rote.job import Job
from rote.tables.stacks import STACK_CHECKPOINTS, STACK_HISTORIES
from rote.tables.training import CHECKPOINTS, HISTORY
from rote.training.networks import open_network
from rote.training.run import train_run
from rote.training.run_stack import Member, train_stack
from rote.training.stack_member import take_from_stack
from tests.unit.training.training_examples import examples, write_images, write_labels

RECIPE = {
    "optimizer": {"name": "adam", "learning_rate": 0.01},
    "epochs": 3,
    "batch_size": 8,
    "checkpoints": {"every": 3},
    "keep_best": True,
}
SPEC = {"architecture": {"name": "mlp", "depth": 1, "width": 8}, "recipe": RECIPE}
RUNS = {"one": SPEC | {"seed": 0}, "two": SPEC | {"seed": 1}, "three": SPEC | {"seed": 1, "seed_name": "shared"}}


@pytest.fixture
def data(tmp_path):
    """Tables of images; each run has labels of its own."""
    write_images(tmp_path / "train.parquet", examples(40, size=8), "train")
    write_images(tmp_path / "test.parquet", examples(20, seed=1, size=8), "test")
    for number, run in enumerate(RUNS):
        write_labels(tmp_path / f"{run}.parquet", examples(40, size=8, label_seed=number))
    return {name: tmp_path / f"{name}.parquet" for name in ("train", "test")}


@pytest.fixture
def stack(tmp_path, data):
    """Folder of a study in which the runs were trained together."""
    members = [Member(run, spec, tmp_path / f"{run}.parquet") for run, spec in RUNS.items()]
    folder = tmp_path / "study" / "stacks" / "mine"
    stack = {name: folder / f"{name}.parquet" for name in ("histories", "checkpoints")}
    train_stack(members, **data, **stack, job=Job(3, "mine", provenance={"rule": "train_stack"}))
    for run, spec in RUNS.items():
        take_from_stack(
            run,
            stack_histories=stack["histories"],
            stack_checkpoints=stack["checkpoints"],
            spec=spec,
            **tables_of(tmp_path / "study", run),
            job=Job(provenance={"rule": "take_from_stack"}),
        )
    return tmp_path / "study"


def tables_of(folder, run):
    return {name: folder / "runs" / run / f"{name}.parquet" for name in ("history", "checkpoints")}


def test_each_run_is_in_a_stack_what_it_is_alone_but_for_rounding(tmp_path, data, stack):
    for run, spec in RUNS.items():
        alone, found = tables_of(tmp_path / "alone", run), tables_of(stack, run)
        train_run(spec=spec, **data, labels=tmp_path / f"{run}.parquet", **alone, job=Job(3, run))
        history, of_run = (tables.read(paths["history"], HISTORY) for paths in (found, alone))
        assert history.drop_columns("loss") == of_run.drop_columns("loss")
        assert history["loss"].to_pylist() == pytest.approx(of_run["loss"].to_pylist(), rel=1e-4)
        epochs, of_run = (tables.read(paths["checkpoints"], CHECKPOINTS)["epoch"] for paths in (found, alone))
        assert epochs == of_run


def test_the_manifest_of_a_run_opens_its_networks_where_they_lie(stack):
    for run in RUNS:
        manifest = tables_of(stack, run)["checkpoints"]
        assert open_network(manifest).epoch == 3
        assert {path.parent.name for path in manifest.parent.iterdir()} == {run}
        assert tables.provenance(manifest)["rule"] == "take_from_stack"
        assert tables.provenance(manifest)["spec"] == RUNS[run]


def test_the_tables_of_a_stack_are_those_of_its_runs_together(stack):
    folder = stack / "stacks" / "mine"
    histories = tables.read(folder / "histories.parquet", STACK_HISTORIES)
    assert list(dict.fromkeys(histories["run"].to_pylist())) == list(RUNS)
    recorded = tables.provenance(folder / "histories.parquet")
    assert (recorded["rule"], recorded["seed_key"], recorded["study_seed"]) == ("train_stack", "mine", 3)
    for row in tables.read(folder / "checkpoints.parquet", STACK_CHECKPOINTS).to_pylist():
        assert checksum(folder / row["file"]) == row["checksum"]
    assert not list(folder.rglob("state*"))
