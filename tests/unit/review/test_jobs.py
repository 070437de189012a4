from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rote import tables
from rote.review.forms import Files, Values
from rote.review.jobs import Job, draw_jobs, review_job
from rote.tables.training import SUBSET

SCRIPT = """
from pathlib import Path
from rote import tables
from rote.errors import DataError
from rote.job import job
from rote.tables.training import SUBSET

with job(snakemake, __file__) as this:
    numbers = tables.read(snakemake.input[0], SUBSET).to_pydict()
    if len(numbers["example"]) > 5:
        raise DataError("too many")
    numbers["example"] = [number + snakemake.params.step for number in numbers["example"]]
    tables.write(snakemake.output[0], SUBSET, numbers, this.recorded())
    Path(snakemake.output[1]).write_text("a figure")
"""
RESULTS = Path("results/small")


def write(path, numbers):
    tables.write(path, SUBSET, {"example": numbers, "weight": np.ones(len(numbers))}, {})


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job that adds 2 to numbers, done by hand."""
    monkeypatch.chdir(tmp_path)
    Path("add.py").write_text(SCRIPT)
    write(RESULTS / "a.parquet", [1, 2, 3])
    write(RESULTS / "b.parquet", [3, 4, 5])
    Path(RESULTS / "b.png").write_text("an older figure")
    return Job(
        rule="add",
        script=str(tmp_path / "add.py"),
        input=Files({"0": str(RESULTS / "a.parquet")}),
        output=Files({"0": str(RESULTS / "b.parquet"), "1": str(RESULTS / "b.png")}),
        params=Values(step=2),
        wildcards=Values(),
        config={},
        log=[str(RESULTS / "logs/add.log")],
        threads=1,
        seconds=1.0,
        gpu=False,
    )


def again(job, tmp_path):
    folder = tmp_path / "again"
    folder.mkdir()
    (found,) = review_job(job, RESULTS, 0.0, folder)
    return found


def test_a_job_done_again_agrees_and_leaves_the_results_as_they_are(job, tmp_path):
    before = {path: path.read_bytes() for path in RESULTS.rglob("*") if path.is_file()}
    found = again(job, tmp_path)
    assert found.agrees
    assert (found.table, found.part, found.values) == ("b.parquet", "by add", 6)
    assert {path: path.read_bytes() for path in RESULTS.rglob("*") if path.is_file()} == before
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize(("table", "numbers"), [("b.parquet", [3, 4, 6]), ("a.parquet", [1, 2, 4])])
def test_an_altered_table_or_input_is_found(job, tmp_path, table, numbers):
    write(RESULTS / table, numbers)
    assert again(job, tmp_path).note == "1 of 3 values of example differ, the first at 2"


def test_a_job_that_stops_says_why(job, tmp_path):
    write(RESULTS / "a.parquet", range(9))
    found = again(job, tmp_path)
    assert not found.agrees
    assert found.note == "Error: too many"


def test_a_job_whose_input_is_gone_is_passed_over(job, tmp_path):
    (RESULTS / "a.parquet").unlink()
    found = again(job, tmp_path)
    assert found.agrees
    assert found.values == 0
    assert "a.parquet is not here" in found.note


@pytest.mark.parametrize(
    ("params", "note"),
    [(Values(), "Error: no 'step' is on record, only nothing"), (Values(step=[]), "TypeError: unsupported operand")],
    ids=["missing", "of another type"],
)
def test_a_script_that_cannot_use_what_is_on_record_is_a_disagreement_and_no_crash(job, tmp_path, params, note):
    found = again(replace(job, params=params), tmp_path)
    assert not found.agrees
    assert found.note.startswith(note)
    assert Path.cwd() == tmp_path


def test_a_job_whose_input_lies_outside_of_the_study_is_passed_over(job, tmp_path):
    Path("labels.txt").write_text("")
    study = tmp_path / "study"
    study.mkdir()
    with chdir(study):
        outside = replace(job, input=Files({"0": "../labels.txt"}), output=Files({"0": "../results/small/b.parquet"}))
        (found,) = review_job(outside, Path("../results/small"), 0.0, tmp_path / "again")
    assert found.note == "not computed again: ../labels.txt lies outside of the study's folder"
    assert not (tmp_path / "again").exists()


def jobs_taking(**seconds):
    """Jobs of rules, of which each took these times."""
    given = {"input": Files({}), "output": Files({}), "params": Values(), "wildcards": Values()}
    given |= {"script": "", "config": {}, "log": []}
    return [Job(rule, threads=1, gpu=False, seconds=own, **given) for rule, all_ in seconds.items() for own in all_]


def test_jobs_are_drawn_within_the_time():
    jobs = jobs_taking(quick=[1.0] * 50, slow=[30.0] * 3, unknown=[None])
    for seed in range(20):
        drawn = draw_jobs(jobs, 40, np.random.default_rng(seed))
        assert sum(one.seconds for one in drawn) <= 40
        assert {one.rule for one in drawn} == {"quick", "slow"}
    shortest = draw_jobs(jobs_taking(slow=[9.0] * 3, quick=[1.0]), 9, np.random.default_rng(0))
    assert [one.rule for one in shortest] == ["quick"]
    assert draw_jobs(jobs, 1000, np.random.default_rng(0)) == jobs[:-1]
    assert draw_jobs(jobs, 0, np.random.default_rng(0)) == draw_jobs([], 9, np.random.default_rng(0)) == []
