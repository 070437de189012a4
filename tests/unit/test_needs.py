"""What `make` says of a machine that lacks something, before it builds anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = 'case "$*" in *version_info*) exit 1;; --version) echo Python 3.9.1;; esac'
WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; --version) echo Python 3.11.2;; esac'


def needs(folder, python=sys.executable, **environment):
    """Exit status of the script and what it says."""
    done = subprocess.run(
        [ROOT / "envs/needs.sh", python], cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    return done.returncode, done.stderr


def program(folder, text):
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_machine_that_has_everything_is_told_nothing(tmp_path):
    assert needs(tmp_path) == (0, "")


@pytest.mark.parametrize(
    ("text", "said", "remedy"),
    [
        (None, "There is no Python", "make PYTHON=/path/to/python3.11"),
        ("exit 127", "is no Python that runs", "make PYTHON=/path/to/python3.11"),
        (OLD, "Python 3.9.1", "Install 3.11 or newer"),
        (WITHOUT_VENV, "Python 3.11.2", "apt install python3-venv"),
    ],
    ids=["none", "broken", "old", "without venv"],
)
def test_a_python_that_will_not_do_is_named_with_what_to_do(tmp_path, text, said, remedy):
    status, message = needs(tmp_path, "" if text is None else program(tmp_path, text))
    assert status == 1
    assert said in message
    assert remedy in message


@pytest.mark.parametrize("name", ["my studies", "a&b", "it's", "c$d", "(copy)", "e;f"])
def test_a_path_that_jobs_cannot_start_from_is_refused(tmp_path, name):
    (tmp_path / name).mkdir()
    status, message = needs(tmp_path / name)
    assert status == 1
    assert f"This folder, {tmp_path / name}, has" in message


@pytest.mark.parametrize("name", ["rote-2.1_b", "Köln"])
def test_an_ordinary_path_is_taken(tmp_path, name):
    (tmp_path / name).mkdir()
    assert needs(tmp_path / name) == (0, "")


def test_caches_without_a_place_are_refused_with_the_setting_that_gives_them_one(tmp_path):
    status, message = needs(tmp_path, HOME="/proc/nobody", XDG_CACHE_HOME="")
    assert status == 1
    assert "export XDG_CACHE_HOME=" in message
    assert needs(tmp_path, HOME="/proc/nobody", XDG_CACHE_HOME=str(tmp_path / "caches")) == (0, "")


def test_an_environment_whose_python_is_gone_is_to_be_made_anew(tmp_path):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/.ready").touch()
    (tmp_path / ".venv/bin/python").symlink_to(tmp_path / "gone")
    status, message = needs(tmp_path)
    assert status == 1
    assert "rm -r .uv .venv" in message


def test_an_environment_that_is_ready_asks_for_no_python(tmp_path):
    for file in ("envs/requirements.lock", "pyproject.toml", ".venv/.ready"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    os.utime(tmp_path / ".venv/.ready", (2e9, 2e9))
    (tmp_path / ".venv/bin").mkdir()
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    assert needs(tmp_path, "") == (0, "")


def test_every_target_that_builds_asks_first():
    outside_of_make = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    for target in ("demo", "plan", "verify", "check", "test", "lint", "format", "benchmark", "reference", "lock"):
        told = subprocess.run(
            ["make", "--dry-run", target, "PYTHON=/a/python"],
            cwd=ROOT,
            env=outside_of_make,
            capture_output=True,
            text=True,
            check=True,
        )
        assert 'envs/needs.sh "/a/python"' in told.stdout.splitlines()[0]
