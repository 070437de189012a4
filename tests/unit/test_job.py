import subprocess
import sys
from types import SimpleNamespace

import pytest

from rote.job import job

CODE = """
import sys
from types import SimpleNamespace
from rote.errors import DataError
from rote.job import job
with job(SimpleNamespace(rule="r", log=["logs/r.log"], params={}, wildcards={})):
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


def test_provenance_names_the_rule_its_wildcards_and_parameters(tmp_path, capfd):
    description = SimpleNamespace(rule="r", log=[tmp_path / "r.log"], params={"code": "abc"}, wildcards={"run": "a"})
    with job(description) as provenance:
        pass
    assert provenance == {"rule": "r", "wildcards": {"run": "a"}, "params": {"code": "abc"}}


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_standard_error_comes_back_whatever_happens(tmp_path, capfd, error):
    description = SimpleNamespace(rule="r", log=[tmp_path / "r.log"], params={}, wildcards={})
    with pytest.raises(error), job(description):
        raise error
    print("visible", file=sys.stderr)
    assert capfd.readouterr().err == "visible\n"
