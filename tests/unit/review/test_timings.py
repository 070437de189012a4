import pytest

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.review.timings import collect_timings
from rote.tables.timings import TIMINGS

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


def write(folder, name, *rows):
    path = folder / f"{name}.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        HEADER + "".join(f"{seconds}\t-\t{memory}\t1\t1\t1\t1\t1\t1\t{cpu}\n" for seconds, memory, cpu in rows)
    )


def collected(folder):
    collect_timings(benchmarks=folder / "benchmarks", output=folder / "timings.parquet", job=Job())
    return tables.read(folder / "timings.parquet", TIMINGS).to_pylist()


def test_every_job_has_a_row_with_its_rule_and_wildcards(tmp_path):
    write(tmp_path / "benchmarks", "train_run/a", (8.5, 353.6, 3.9))
    write(tmp_path / "benchmarks", "fit_densities/a/stage_1/exact", (2.0, "NA", 1.5))
    assert collected(tmp_path) == [
        {"rule": "fit_densities", "job": "a/stage_1/exact", "wall_time": 2.0, "cpu_time": 1.5, "peak_memory": None},
        {"rule": "train_run", "job": "a", "wall_time": 8.5, "cpu_time": 3.9, "peak_memory": 353.6},
    ]


def test_of_a_repeated_job_the_last_run_counts(tmp_path):
    write(tmp_path / "benchmarks", "train_run/a", (8.5, 1, 1), (4.0, 1, 1))
    assert [row["wall_time"] for row in collected(tmp_path)] == [4.0]


def test_no_benchmark_and_a_file_of_another_form_are_refused_by_name(tmp_path):
    with pytest.raises(DataError, match="no benchmark of a job"):
        collected(tmp_path)
    write(tmp_path / "benchmarks", "train_run/a")
    with pytest.raises(DataError, match=r"a\.tsv is not a benchmark"):
        collected(tmp_path)
