import json
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest

from rote import devices
from rote.job import Job, job

CODE = """
import sys
from types import SimpleNamespace
from rote.errors import DataError
from rote.job import job
what = {"rule": "r", "input": {}, "output": {}, "params": {}, "wildcards": {}, "threads": 1, "log": ["logs/r.log"]}
with job(SimpleNamespace(**what), "script.py"):
    print("progress", file=sys.stderr)
    BODY
"""


def run(folder, body):
    code = CODE.replace("BODY", body)
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)


def test_an_error_that_the_user_can_mend_is_one_line_on_the_screen_and_in_the_log(tmp_path):
    done = run(tmp_path, "raise DataError('x.gz is truncated. Delete it.')")
    assert done.returncode == 1
    assert done.stderr == "Error: x.gz is truncated. Delete it.\n"
    assert (tmp_path / "logs/r.log").read_text() == "progress\nError: x.gz is truncated. Delete it.\n"


def test_a_fault_of_the_code_keeps_its_traceback(tmp_path):
    done = run(tmp_path, "1 / 0")
    assert done.returncode != 0
    assert "ZeroDivisionError" in done.stderr
    assert "ZeroDivisionError" in (tmp_path / "logs/r.log").read_text()


def test_a_job_that_ends_well_writes_progress_to_its_log_alone(tmp_path):
    done = run(tmp_path, "pass")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "logs/r.log").read_text() == "progress\n"


class Files(list):
    """Paths, some of them by name, in the workflow's form."""

    def __init__(self, *unnamed, **named):
        super().__init__(unnamed)
        self.named = named
        for found in named.values():
            self.extend([found] if isinstance(found, str) else found)

    def items(self):
        return self.named.items()


def described(folder, **changes):
    what = {
        "rule": "train_again",
        "input": Files("first.parquet", shards=["a.parquet", "b.parquet"], labels="labels.parquet", none=[]),
        "output": Files("out.parquet"),
        "params": {"code": "abc", "study_seed": 3, "seed_key": "a, stage_4"},
        "wildcards": {"run": "a"},
        "threads": 2,
        "log": [str(folder / "r.log")],
    }
    return SimpleNamespace(**what | changes)


def test_a_job_records_what_suffices_to_run_it_again(tmp_path, capfd):
    with job(described(tmp_path), "/somewhere/scripts/train.py") as this:
        pass
    assert this.provenance == {
        "rule": "train_again",
        "script": "train",
        "input": {
            "0": "first.parquet",
            "shards": ["a.parquet", "b.parquet"],
            "labels": "labels.parquet",
            "none": [],
        },
        "output": {"0": "out.parquet"},
        "params": {"code": "abc", "study_seed": 3, "seed_key": "a, stage_4"},
        "wildcards": {"run": "a"},
        "log": [str(tmp_path / "r.log")],
    }
    assert (this.study_seed, this.seed_key, this.threads, this.code) == (3, "a, stage_4", 2, "abc")
    assert json.loads(json.dumps(this.recorded())) == {**this.provenance, "study_seed": 3, "seed_key": "a, stage_4"}


def test_a_job_that_names_no_seed_records_none_and_cannot_draw(tmp_path, capfd):
    with job(described(tmp_path, params={"code": "abc"}), "train.py") as this:
        pass
    assert this.recorded() == this.provenance
    with pytest.raises(ValueError, match="'batch order' cannot be drawn without a study_seed"):
        this.generator("batch order")


def test_device_and_threads_are_on_record_once_a_device_was_asked_for():
    this = Job(1, "a", threads=1)
    assert this.recorded(epoch=5) == {"study_seed": 1, "seed_key": "a", "epoch": 5}
    described = devices.describe(this.device)
    assert this.recorded(epoch=5) == {
        "study_seed": 1,
        "seed_key": "a",
        "device": described,
        "threads": 1,
        "epoch": 5,
    }


def test_results_depend_on_no_path_and_no_name_of_a_rule():
    one, other = (
        Job(1, "a", provenance={"rule": name, "output": {"0": name}, "log": [name], "params": {"code": "c"}})
        for name in ("one", "other")
    )
    assert one.depends_on() == other.depends_on() == {"params": {"code": "c"}, "study_seed": 1, "seed_key": "a"}


def test_a_job_clears_what_a_killed_attempt_left_of_its_outputs_and_nothing_else(tmp_path, capfd):
    kept = [tmp_path / name for name in (".other.parquet.0a1b2c3d.part", ".scores.parquet.part", "scores.parquet")]
    left = tmp_path / ".scores.parquet.0a1b2c3d.part"
    for path in (left, *kept):
        path.touch()
    described = {"rule": "r", "input": Files(), "params": {}, "wildcards": {}, "threads": 1}
    files = {"output": Files(scores=str(tmp_path / "scores.parquet")), "log": [str(tmp_path / "r.log")]}
    with job(SimpleNamespace(**described, **files), "script.py"):
        assert not left.exists()
        assert all(path.exists() for path in kept)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_standard_error_comes_back_whatever_happens(tmp_path, capfd, error):
    with pytest.raises(error), job(described(tmp_path), "script.py"):
        raise error
    print("visible", file=sys.stderr)
    assert capfd.readouterr().err == "visible\n"


def test_another_process_picks_its_own_device():
    here = Job(1, "a run", 1)
    assert here.device is not None
    there = pickle.loads(pickle.dumps(here))
    assert there == here
    assert "device" not in vars(there)


def test_a_part_of_a_job_has_seeds_of_its_own_and_says_which_it_is():
    whole = Job(1, "a run", 2, {"rule": "train", "params": {"code": "0"}})
    part = whole.for_part("without bin 3", bin=3)
    assert part.seed_key == whole.within("without bin 3").seed_key == "a run, without bin 3"
    assert part.integer_seed("order") == whole.within("without bin 3").integer_seed("order")
    assert part.provenance == {**whole.provenance, "bin": 3}
    assert (part.study_seed, part.threads) == (1, 2)
