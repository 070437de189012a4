"""What the workflow says of a place where no job could start or leave its results."""

import subprocess
import sys

import pytest

from tests.workflow.micro_study import checked_out


@pytest.fixture(scope="module")
def nothing_run(tmp_path_factory):
    return checked_out(tmp_path_factory.mktemp("machine") / "a rote")


def planned(study, python):
    command = [python, "-m", "snakemake", "--dry-run", "--profile", "profiles/demo", "--configfile", "micro.yaml"]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_a_path_with_a_space_to_the_project_is_taken(nothing_run):
    assert planned(nothing_run, sys.executable)[0] == 0


def test_a_path_with_a_space_to_python_is_refused_before_any_job(nothing_run, tmp_path):
    (tmp_path / "an environment").symlink_to(sys.prefix)
    python = tmp_path / "an environment/bin/python"
    status, said = planned(nothing_run, python)
    assert status == 1
    assert f"Python lies at {python}" in said
    assert "Move the environment" in said


def test_a_checkout_that_cannot_be_written_to_is_refused_with_the_setting_that_helps(nothing_run):
    folder = nothing_run.folder
    read_only = f"mount --bind '{folder}' '{folder}' && mount -o remount,ro,bind '{folder}' && cd '{folder}' && "
    if subprocess.run(["unshare", "-m", "sh", "-c", f"{read_only} true"], capture_output=True).returncode != 0:
        pytest.skip("a folder can be made read-only for everyone only where mounts are allowed (unshare -m)")
    command = f"{sys.executable} -m snakemake --dry-run --profile profiles/demo --configfile micro.yaml"
    done = subprocess.run(["unshare", "-m", "sh", "-c", read_only + command], capture_output=True, text=True)
    assert done.returncode == 1
    assert "cannot be written to" in done.stdout + done.stderr
    assert "--directory" in done.stdout + done.stderr
