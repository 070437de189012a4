"""From the tables' own records to the jobs that made them; a record at odds with the workflow is named."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rote import tables
from rote.errors import DataError
from rote.review.records import Rule, recorded_jobs
from rote.tables.training import SUBSET

RESULTS = Path("results/small")
RULES = {
    "draw": Rule("draw_numbers", (r"results/small/draws/(?P<run>a|b)\.parquet",), "benchmarks/draw/{run}.tsv", False),
    "add": Rule(
        "add_numbers",
        (r"results/small/sums/(?P<run>a|b)/sum\.parquet", r"results/small/sums/(?P<run>a|b)/checks\.parquet"),
        "results/small/benchmarks/add/{run}.tsv",
        True,
    ),
}
TIMED = "s\tmax_rss\tcpu_time\n2.5\t10\t1\n"


def record(rule, run, outputs, **changes):
    """What a table of a job says of it."""
    return {
        "rule": rule,
        "script": f"{rule}_numbers",
        "input": {"0": f"{RESULTS}/data.parquet", "more": ["x", "y"]},
        "output": outputs,
        "params": {"code": "abc", "titles": {"z": 1, "a": 2}, "study_seed": 1, "seed_key": run},
        "wildcards": {"run": run},
        "log": [f"{RESULTS}/logs/{rule}/{run}.log"],
    } | changes


def write(name, recorded):
    tables.write(RESULTS / name, SUBSET, {"example": [1], "weight": [1.0]}, recorded)


SUM, CHECKS = "sums/a/sum.parquet", "sums/a/checks.parquet"
OUTPUTS = {"sum": f"{RESULTS}/{SUM}", "checks": f"{RESULTS}/{CHECKS}"}


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    """Two jobs of one table each, and one of two."""
    monkeypatch.chdir(tmp_path)
    for run in "ab":
        write(f"draws/{run}.parquet", record("draw", run, {"0": f"{RESULTS}/draws/{run}.parquet"}))
    write(SUM, record("add", "a", OUTPUTS))
    write(CHECKS, record("add", "a", OUTPUTS, threads=3, device="cpu"))


def read():
    return recorded_jobs(RESULTS, rules=RULES, scripts=Path("scripts"), config={"memory_mb": 5}, study_seed=1)


def notes():
    """What is said of the tables that are not found right, by table."""
    return {one.table: one.note for one in read()[1] if one.note}


def jobs():
    return [(made.rule, made.wildcards.run) for made in read()[0]]


def test_a_job_is_made_of_what_all_its_tables_say():
    made, found = read()
    assert [(one.rule, one.wildcards.run) for one in made] == [("draw", "a"), ("draw", "b"), ("add", "a")]
    assert [one.table for one in found] == ["draws/a.parquet", "draws/b.parquet", CHECKS, SUM]
    assert all(one.agrees and one.values == 1 for one in found)
    draw, _, add = made
    assert draw.script == "scripts/draw_numbers.py"
    assert draw.input == [f"{RESULTS}/data.parquet", "x", "y"]
    assert add.output.sum == f"{RESULTS}/{SUM}"
    assert add.tables == [f"{RESULTS}/{SUM}", f"{RESULTS}/{CHECKS}"]
    assert add.log == (f"{RESULTS}/logs/add/a.log",)
    assert (draw.gpu, add.gpu) == (False, True)
    assert (draw.threads, add.threads) == (1, 3)
    assert (draw.context.study_seed, draw.context.seed_key) == (1, "a")
    assert draw.config == {"memory_mb": 5}


def test_the_order_of_a_parameter_s_keys_survives():
    assert list(read()[0][0].params.titles) == ["z", "a"]


def test_a_job_has_the_time_of_its_benchmark_file():
    benchmark = RESULTS / "benchmarks/add/a.tsv"
    assert [one.seconds for one in read()[0]] == [None, None, None]
    benchmark.parent.mkdir(parents=True)
    benchmark.write_text(TIMED)
    assert [one.seconds for one in read()[0]] == [None, None, 2.5]
    benchmark.write_text("none")
    with pytest.raises(DataError, match=r"add/a\.tsv is not a benchmark"):
        read()


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"rule": "draw"}, "its record names draw as its rule, the workflow add"),
        ({"rule": "no_such"}, "its record names no_such as its rule"),
        ({"script": "../../evil"}, "names ../../evil as its script, the workflow add_numbers"),
        ({"wildcards": {"run": "b"}}, "names {'run': 'b'} as its wildcards, the workflow {'run': 'a'}"),
        ({"output": {"0": f"{RESULTS}/other.parquet"}}, "names results/small/other.parquet as output"),
        ({"output": {}}, "names nothing as output"),
        ({"output": OUTPUTS | {"x": "/etc/x"}}, "has its job write /etc/x, outside of the results"),
        ({"output": OUTPUTS | {"x": f"{RESULTS}/../x"}}, "write results/small/../x, outside of the results"),
        ({"log": ["/tmp/x.log"]}, "has its job write /tmp/x.log, outside of the results"),
        ({"params": {"code": "abd"}}, f"it says otherwise of its job than {RESULTS}/{CHECKS} does"),
        ({"input": {}}, "it says otherwise of its job"),
        ({"params": {"study_seed": 2}}, "its record names 2 as its study_seed, the workflow 1"),
        ({"log": []}, "its record.log must be 1 or more"),
        ({"input": {"0": None}}, "None stands among its files"),
        ({"params": None}, "its record.params must hold keys and values"),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)
def test_a_record_at_odds_with_the_workflow_or_the_job_s_other_table_is_named(changes, note):
    write(SUM, record("add", "a", OUTPUTS) | changes)
    said = notes()
    assert list(said) == [SUM]
    assert note in said[SUM]
    assert jobs() == [("draw", "a"), ("draw", "b")]


@pytest.mark.parametrize("lacking", ["rule", "script", "input", "output", "params", "wildcards", "log"])
def test_a_record_that_lacks_something_is_named(lacking):
    whole = record("add", "a", OUTPUTS)
    del whole[lacking]
    write(SUM, whole)
    assert f"its record lacks the key '{lacking}'" in notes()[SUM]
    assert ("add", "a") not in jobs()


def test_a_table_without_provenance_is_named():
    path = RESULTS / SUM
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
    assert "carries no provenance" in notes()[SUM]
    pq.write_table(pq.read_table(path).replace_schema_metadata({"rote": "no JSON"}), path)
    assert "carries no provenance" in notes()[SUM]
    path.write_bytes(b"no table")
    assert "is damaged" in notes()[SUM]
    assert ("add", "a") not in jobs()


def test_an_absent_table_is_not_missed():
    (RESULTS / CHECKS).unlink()
    assert notes() == {}
    assert ("add", "a") in jobs()


def test_a_table_that_no_rule_makes_is_counted_and_passed_over_if_it_has_a_record():
    write("draws/c.parquet", record("draw", "c", {"0": f"{RESULTS}/draws/c.parquet"}))
    assert notes() == {"draws/c.parquet": "not computed again: no rule makes it by this configuration"}
    assert ("draw", "c") not in jobs()
    write("draws/c.parquet", {})
    (found,) = [one for one in read()[1] if one.table == "draws/c.parquet"]
    assert not found.agrees
    assert "does not say which job made it" in found.note


def test_tables_in_the_folder_of_an_output_are_its_job_s():
    write("draws/a/first.parquet", record("draw", "a", {"0": f"{RESULTS}/draws/a.parquet"}))
    assert notes() == {}
    assert jobs().count(("draw", "a")) == 1
    write("draws/a/first.parquet", record("draw", "b", {"0": f"{RESULTS}/draws/b.parquet"}))
    assert list(notes()) == ["draws/a/first.parquet"]
    assert ("draw", "a") not in jobs()


def test_what_a_killed_job_has_left_is_counted_and_passed_over():
    write("draws/a/part.parquet", {"digest": "abc"})
    assert "does not say which job made it" in notes()["draws/a/part.parquet"]
    (RESULTS / "draws/a.parquet").unlink()
    assert notes() == {
        "draws/a/part.parquet": "not computed again: results/small/draws/a.parquet, of which it is a part, was not "
        "finished"
    }


def test_reports_on_the_results_are_none_of_them():
    write("verification.parquet", {})
    write("timings.parquet", {})
    write("sums/timings.parquet", {})
    assert list(notes()) == ["sums/timings.parquet"]
