"""Checkpoints are dropped after the last reader, and whoever reads again has them trained again."""

import pytest

from rote import tables
from rote.tables.gradients import LABEL_PARTS
from rote.tables.representations import REPRESENTATION_FILES
from tests.workflow.micro_study import keep_studies

RUN = "digits_noise_20"
GRAM = "two_batches_of_40"
REWINDING = {"epochs": [0, 1]}  # as the small study has it


def checkpoints(study):
    return sorted(path.name for path in (study.folder / f"results/micro/runs/{RUN}/checkpoints").glob("*.safetensors"))


def run(study, *arguments):
    done = study.snakemake(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def drop(config):
    """Of the small study, training dynamics of one run, which are quick to run again."""
    keep_studies(config, "training_dynamics")
    config["training_dynamics"] |= {"runs": {RUN: GRAM}, "comparisons": {}}
    config["drop_checkpoints"] = True


@pytest.fixture
def dropped(study):
    """A finished study whose checkpoints were dropped, none of its readers run again."""
    study.configure(drop)
    assert study.plan() == {"drop_checkpoints": 1}
    run(study)
    assert checkpoints(study) == ["epoch_000006.safetensors"]
    return study


def test_a_second_run_has_nothing_to_do_and_turning_it_off_neither(dropped):
    assert dropped.plan() == {}
    dropped.configure(lambda config: config.update(drop_checkpoints=False))
    assert dropped.plan() == {}


def test_a_changed_parameter_has_them_trained_again_for_that_reader_alone(dropped, finished):
    taps = ["stage_3", "stage_4"]
    dropped.configure(lambda config: config["representations"][GRAM].update(taps=taps))
    plan = dropped.plan()
    assert plan["lend_checkpoints"] == plan["record_representations"] == plan["drop_checkpoints"] == 1
    assert "train_run" not in plan
    run(dropped, "--notemp")  # tokens that Snakemake leaves promise nothing to the next run
    assert checkpoints(dropped) == ["epoch_000006.safetensors"]
    assert dropped.plan() == {}
    dropped.configure(lambda config: config["representations"][GRAM].update(taps="all"))
    recorded = f"results/micro/representations/{GRAM}/{RUN}.parquet"
    run(dropped, "--", recorded)
    assert (dropped.folder / recorded).read_bytes() == (finished.folder / recorded).read_bytes()


def test_an_added_reader_has_them_trained_again_for_itself_alone(dropped):
    def add(config):
        config["representations"]["early"] = {"form": "pooled", "images": {"split": "train"}, "epochs": [1]}
        early = {"taps": {"stage_4": 8}, "compared": ["stage_4"], "representations": "early"}
        config["class_fitting"] = {"runs": {RUN: "early"}, "reductions": {"early": early}}

    dropped.configure(add)
    reader, targets = f"results/micro/representations/early/{RUN}.parquet", ["training_dynamics"]
    targets += [reader, f"results/micro/runs/{RUN}/dropped.txt"]
    assert dropped.plan("--", *targets) == {"lend_checkpoints": 1, "record_representations": 1, "drop_checkpoints": 1}
    run(dropped, "--", *targets)
    listed = tables.read(dropped.folder / reader, REPRESENTATION_FILES).to_pylist()
    assert {row["epoch"] for row in listed} == {1}
    assert checkpoints(dropped) == ["epoch_000006.safetensors"]
    assert not list((dropped.folder / "results/micro/runs").rglob("lent/*"))


def test_an_analysis_of_an_experiment_has_them_trained_again_for_itself_alone(dropped):
    experiment = {"title": "noise", "runs": [RUN], "gradients": True, "rewinding": True}
    sections = {"experiments": {"noise": experiment}, "gradients": {"epochs": [3]}, "rewinding": REWINDING}
    dropped.configure(lambda config: config.update(geometry=sections))
    plan = dropped.plan()
    assert plan["lend_checkpoints"] == plan["measure_label_parts"] == plan["drop_checkpoints"] == 1
    assert "rewind_layers" not in plan
    run(dropped)
    measured = dropped.folder / f"results/micro/gradients/{RUN}.parquet"
    assert set(tables.read(measured, LABEL_PARTS)["epoch"].to_pylist()) == {3}
    assert checkpoints(dropped) == ["epoch_000006.safetensors"]
    assert dropped.plan() == {}
