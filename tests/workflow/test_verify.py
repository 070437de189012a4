"""The reviewer's route: a sample computed again, and results frozen in an archive."""

import shutil
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rote import tables
from rote.tables.memorization import TRIALS
from rote.tables.review import AGREEMENTS
from tests.workflow.micro_study import Study

pytestmark = pytest.mark.xdist_group("workflow")

ARCHIVE = "micro.zip"


def archive(study: Study, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "workflow/archive.py", *arguments]
    return subprocess.run(command, cwd=study.folder, capture_output=True, text=True)


def files(study: Study) -> dict[str, bytes]:
    results = study.folder / "results/micro"
    return {str(path.relative_to(results)): path.read_bytes() for path in results.rglob("*") if path.is_file()}


def test_results_agree_with_a_sample_computed_again_and_stay_as_they_are(finished):
    before, results = files(finished), finished.folder / "results/micro"
    made = [results / "verification.parquet", results / "logs/verify.log"]
    try:
        done = finished.snakemake("--", "verify")  # where the sampler is compiled already
        assert done.returncode == 0, done.stdout + done.stderr
        found = tables.read(made[0], AGREEMENTS).to_pandas()
        after = files(finished)
        assert finished.plan("--", "verify") == {"verify": 1}
    finally:
        for path in made:
            path.unlink(missing_ok=True)
    assert found["agrees"].all()
    in_part = {"networks", "trials", "densities", "similarity", "certificates"}
    assert set(found["kind"]) == {"digest", "record", "table"} | in_part
    for kind in ("digest", "record"):
        assert set(found.loc[found["kind"] == kind, "table"]) == {path for path in before if path.endswith(".parquet")}
    assert (
        found.loc[~found["kind"].isin(["digest", "record"]) & (found["criterion"] == "equality"), "difference"].max()
        < 1e-6
    )
    assert not found["note"].str.startswith("not computed").any()
    assert {path: after[path] for path in before} == before


@pytest.mark.parametrize("forged", [False, True], ids=["by hand", "with a digest that fits"])
def test_a_table_with_one_altered_value_is_named(study, forged):
    nothing = dict.fromkeys(["seconds", "networks", "stacks", "classes", "maps", "bins"], 0)
    study.configure(lambda config: config["verification"].update(nothing))
    name = "memorization/two_shards/trials_0.parquet"
    path = study.folder / "results/micro" / name
    table = pq.read_table(path)
    accuracy = table["test_accuracy"].to_numpy().copy()
    accuracy[2] += 0.001
    place = table.column_names.index("test_accuracy")
    altered = table.set_column(place, table.schema.field(place), pa.array(accuracy))
    if forged:
        columns = {column: altered[column] for column in altered.column_names}
        tables.write(path, TRIALS, columns, tables.provenance(path))
    else:
        pq.write_table(altered, path)
    done = study.snakemake("--", "verify")
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"{name}, subsets, seeds and accuracies of 4 trials: 1 of 4 values of test_accuracy differ" in said
    assert (f"{name}, whole content" in said) is not forged
    assert said.count("\n  memorization") == 1 + (not forged)


def test_verifying_starts_no_job_of_results_that_are_out_of_date(study):
    shutil.rmtree(study.folder / "results/micro/runs")
    assert study.plan("--", "verify") == {"verify": 1}


def test_archived_results_are_read_into_a_fresh_checkout_and_the_cheap_rest_runs_from_them(study, fresh):
    written = archive(study, "write", "results/micro", ARCHIVE)
    assert written.returncode == 0, written.stderr
    shutil.move(study.folder / ARCHIVE, fresh.folder / ARCHIVE)
    read = archive(fresh, "read", ARCHIVE)
    assert read.returncode == 0, read.stderr
    kept = {path: content for path, content in files(study).items() if "/checkpoints/" not in path}
    assert files(fresh) == kept
    assert fresh.plan() == {}

    (fresh.folder / "results/micro/memorization/two_shards/scores.parquet").unlink()
    done = fresh.snakemake("--", "results/micro/memorization/two_shards/scores.parquet")
    assert done.returncode == 0, done.stdout + done.stderr
    assert files(fresh)["memorization/two_shards/scores.parquet"] == kept["memorization/two_shards/scores.parquet"]
    assert fresh.plan() == {}
    shutil.rmtree(fresh.folder / "results/micro/figures")
    assert all(rule.startswith(("plot_", "compare_seeds")) for rule in fresh.plan())


def test_a_damaged_archive_is_refused_with_one_message(study, fresh):
    assert archive(study, "write", "results/micro", ARCHIVE).returncode == 0
    content = bytearray((study.folder / ARCHIVE).read_bytes())
    content[len(content) // 2] ^= 1
    (fresh.folder / ARCHIVE).write_bytes(content)
    read = archive(fresh, "read", ARCHIVE)
    assert read.returncode != 0
    assert read.stderr.startswith("Error: ")
    assert read.stderr.count("\n") == 1
    assert not (fresh.folder / "results").exists()
