"""A whole review, from the tables of a folder to what does not agree."""

import runpy
from dataclasses import asdict
from pathlib import Path

import pytest

from rote import tables
from rote.errors import DataError
from rote.review.forms import Files, Values
from rote.review.jobs import Job
from rote.review.records import Rule
from rote.review.verify import verify
from rote.tables.review import AGREEMENTS
from rote.tables.training import SUBSET

RESULTS = Path("results/small")
SCRIPT = """
from rote import tables
from rote.job import job
from rote.tables.training import SUBSET

with job(snakemake, __file__) as this:
    rows = {"example": [snakemake.params.first + step for step in range(3)], "weight": [1.0] * 3}
    tables.write(snakemake.output[0], SUBSET, rows, this.recorded())
"""
RULES = {
    name: asdict(Rule("count", (rf"results/small/{name}/(?P<run>\w+)\.parquet",), f"{RESULTS}/times/{{run}}.tsv", gpu))
    for name, gpu in (("count", False), ("count_on_gpu", True), ("convert_dataset", False))
}


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    """A table of each rule, by one script."""
    monkeypatch.chdir(tmp_path)
    Path("scripts").mkdir()
    Path("scripts/count.py").write_text(SCRIPT)
    Path(RESULTS / "times").mkdir(parents=True)
    Path(RESULTS / "times/a.tsv").write_text("s\tmax_rss\tcpu_time\n1.5\t10\t1\n")
    for rule in RULES:
        made = Job(
            rule=rule,
            script="scripts/count.py",
            input=Files({}),
            output=Files({"0": f"{RESULTS}/{rule}/a.parquet"}),
            params=Values(first=4),
            wildcards=Values(run="a"),
            config={},
            log=[f"{RESULTS}/logs/{rule}/a.log"],
            threads=1,
            seconds=None,
            gpu=False,
        )
        runpy.run_path("scripts/count.py", init_globals={"snakemake": made})


def review():
    given = {"rules": RULES, "scripts": Path("scripts").absolute(), "config": {}, "study_seed": 1}
    return verify(RESULTS, RESULTS / "verification.parquet", verification={}, **given)


def forge(name, **changes):
    path = RESULTS / name
    recorded = tables.provenance(path) | changes
    tables.write(path, SUBSET, {"example": [4, 5, 7], "weight": [1.0] * 3}, recorded)


def test_honest_results_agree_and_what_was_not_computed_again_is_counted():
    found = review()
    found.require_agreement()
    assert (found.again, found.cheap) == (1, 1)
    assert found.by_record == {"count_on_gpu": 1, "convert_dataset": 1}
    assert "by digest and record alone: 1 of convert_dataset, 1 of count_on_gpu." in str(found)
    rows = tables.read(RESULTS / "verification.parquet", AGREEMENTS).to_pandas()
    assert rows.groupby("kind")["table"].count().to_dict() == {"digest": 3, "record": 3, "table": 1}
    review().require_agreement()  # the first review's table is no result


def test_a_forged_table_is_named():
    forge("count/a.parquet")
    with pytest.raises(DataError, match=r"count/a\.parquet, by count: 1 of 3 values of example differ"):
        review().require_agreement()


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "count_on_gpu"},
        {"rule": "convert_dataset"},
        {"script": "other"},
        {"gpu": True, "output": {}},
        {"rule": 1},
    ],
    ids=str,
)
def test_no_record_excuses_a_forged_table(changes):
    forge("count/a.parquet", **changes)
    with pytest.raises(DataError, match=r"count/a\.parquet, origin: "):
        review().require_agreement()
