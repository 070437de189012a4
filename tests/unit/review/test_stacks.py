"""Stacks of runs trained again."""

from pathlib import Path

import pytest

from rote import tables
from rote.config.verification import Verification
from rote.job import Job
from rote.review import stacks
from rote.review.forms import Files, Values
from rote.review.in_part import review_stacks
from rote.review.jobs import Job as OfRecord
from rote.review.sample import Sample
from rote.review.stacks import RunStack, review_stack
from rote.tables.stacks import STACK_CHECKPOINTS, STACK_HISTORIES
from rote.training.run_stack import Member, train_stack
from tests.unit.review.small_study import RECIPE, SEED, forge, write_images
from tests.unit.small_networks import PLAIN

RUNS = ("one", "two")


@pytest.fixture
def stack(tmp_path):
    """A stack of two runs of three epochs, on record."""
    data = write_images(tmp_path)
    recipe = RECIPE | {"epochs": 3, "checkpoints": {"every": 3}}
    members = [
        Member(run, {"architecture": PLAIN, "recipe": recipe, "seed": seed}, data["labels"])
        for seed, run in enumerate(RUNS)
    ]
    paths = {name: tmp_path / f"{name}.parquet" for name in ("histories", "checkpoints")}
    whole = RunStack(members, data["train"], data["test"], **paths, job=Job(SEED, "stack"))
    train_stack(members, train=whole.train, test=whole.test, **paths, job=whole.job)
    return whole


def reviewed(stack, folder):
    return list(review_stack(stack, results=folder, folder=folder / "again"))


def test_a_stack_agrees_with_itself_and_is_left_as_it_is(stack, tmp_path):
    before = {path: path.read_bytes() for path in (stack.histories, stack.checkpoints)}
    found = reviewed(stack, tmp_path)
    assert [one.table for one in found] == ["histories.parquet", "checkpoints.parquet"]
    assert all(one.agrees for one in found)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("table", "schema", "column", "change"),
    [
        ("histories", STACK_HISTORIES, "error", lambda error: error + 0.05),
        ("checkpoints", STACK_CHECKPOINTS, "checksum", lambda checksum: checksum[::-1]),
    ],
)
def test_a_forged_value_is_found(stack, tmp_path, table, schema, column, change):
    forge(getattr(stack, table), schema, column, 1, change)
    assert [one.table for one in reviewed(stack, tmp_path) if not one.agrees] == [f"{table}.parquet"]


def test_on_another_kind_of_processor_nothing_is_trained(stack, tmp_path, monkeypatch):
    recorded = tables.provenance(stack.histories) | {"processor": "another"}
    columns = tables.read(stack.histories, STACK_HISTORIES).to_pydict()
    tables.write(stack.histories, STACK_HISTORIES, columns, recorded)
    monkeypatch.setattr(stacks, "train_stack", lambda *_, **__: pytest.fail("it was trained"))
    (found,) = reviewed(stack, tmp_path)
    assert "rounds otherwise" in found.note


def on_record(stack, seconds):
    """The job of a stack."""
    labels = [str(one.labels) for one in stack.members]
    named = {"runs": [one.name for one in stack.members], "specs": [one.spec for one in stack.members]}
    return OfRecord(
        rule="train_stack",
        script="train_stack.py",
        input=Files({"train": str(stack.train), "test": str(stack.test), "labels": labels}),
        output=Files({"histories": str(stack.histories), "checkpoints": str(stack.checkpoints)}),
        params=Values({**named, "study_seed": SEED, "seed_key": "stack"}),
        wildcards=Values(),
        config={},
        log=[],
        threads=1,
        seconds=seconds,
        gpu=True,
    )


@pytest.mark.parametrize(
    ("seconds", "number", "parts"),
    [
        (3, 1, ["histories of a stack trained again", "checkpoints of a stack trained again"]),
        (3, 0, []),
        (9, 1, ["training of a stack"]),
        (None, 1, ["training of a stack"]),
    ],
)
def test_a_stack_on_record_is_trained_again_if_it_took_no_longer_than_allowed(stack, tmp_path, seconds, number, parts):
    sample = Sample(tmp_path, [on_record(stack, seconds)], Verification(seconds=5, networks=number), SEED)
    found = list(review_stacks(sample, tmp_path / "work"))
    assert [one.part for one in found] == parts
    assert all(one.agrees for one in found)


def test_a_stack_without_its_images_is_said_not_to_be_computed_again(stack, tmp_path):
    Path(stack.train).unlink()
    sample = Sample(tmp_path, [on_record(stack, 1)], Verification(seconds=5, networks=1), SEED)
    (found,) = review_stacks(sample, tmp_path / "work")
    assert "train.parquet is not here" in found.note
