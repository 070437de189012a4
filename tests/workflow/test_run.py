"""What is told of a run: how far it is, what failed and what to do, where the results lie."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.micro_study import Study, checked_out, keep_studies

COMMAND = [sys.executable, "workflow/run.py", "--profile", "profiles/demo", "--configfile", "micro.yaml"]
MESSAGE = "the loss is nan in epoch 1. Lower the learning rate"


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


def run(study: Study, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=study.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def one_of_two_runs_diverges(config: dict) -> None:
    """Two trainings and what follows, the second with a learning rate at which the loss is no number."""
    keep_studies(config, "training_dynamics")
    config["training_dynamics"]["comparisons"] = {}
    config["recipes"]["diverging"] = config["recipes"]["adam"] | {"optimizer": {"name": "sgd", "learning_rate": 1e30}}
    config["runs"]["digits_noise_20"]["recipe"] = "diverging"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, subprocess.CompletedProcess[str]]:
    """A study in which one training fails, and what was told of it. Not to be changed."""
    study = checked_out(tmp_path_factory.mktemp("failed") / "rote")
    study.configure(one_of_two_runs_diverges)
    return study, run(study)


def test_a_failed_job_is_named_with_its_message_and_its_log_at_once_and_in_the_end(failed):
    told = failed[1].stdout
    at_once, in_the_end = told.split("1 job failed:")
    for part in (at_once, in_the_end):
        assert "train_run digits_noise_20:" in part
        assert MESSAGE in part
        assert "log: results/micro/logs/train_run/digits_noise_20.log" in part
    assert "13 of 21 jobs are done and stay as they are, 7 wait for them." in in_the_end
    assert "Traceback" not in told


def test_a_failed_run_fails(failed):
    assert failed[1].returncode == 1


def test_the_report_of_what_succeeded_is_made_and_named(failed):
    study, done = failed
    assert f"Report of what is done: {study.folder}/results/micro/report.html" in done.stdout
    assert f"Figures: {study.folder}/results/micro/figures" in done.stdout
    report = (study.folder / "results/micro/report.html").read_text()
    assert "figures/training_dynamics/digits_noise_0/" in report
    assert "figures/training_dynamics/digits_noise_20/" not in report


def test_what_snakemake_says_goes_into_the_log_that_is_named(failed):
    study, done = failed
    log = study.folder / re.search(r"goes to (\S+)", done.stdout)[1]
    assert "Select jobs to execute" in log.read_text()
    assert "Select jobs to execute" not in done.stdout


def test_a_bare_snakemake_names_the_failed_job_in_the_end(failed, tmp_path):
    done = failed[0].copy(tmp_path / "rote").snakemake()
    assert done.returncode == 1
    assert MESSAGE in (done.stdout + done.stderr).split("1 job failed:")[1]


def test_after_the_mend_the_rest_is_done_and_then_nothing_is_left_to_do(failed, tmp_path):
    study = failed[0].copy(tmp_path / "rote")
    study.configure(lambda config: config["runs"]["digits_noise_20"].update(recipe="adam"))
    mended, again = run(study), run(study)
    assert mended.returncode == again.returncode == 0, mended.stdout + again.stdout
    assert "All 8 jobs are done." in mended.stdout
    assert "Nothing to do: every result is up to date." in again.stdout
    assert "Report: " in again.stdout
    assert "figures/training_dynamics/digits_noise_20/" in (study.folder / "results/micro/report.html").read_text()


def test_a_configuration_that_cannot_be_used_is_named_and_no_report_is_written(fresh):
    fresh.configure(lambda config: config.update(trainning_dynamics={}))
    done = run(fresh)
    assert done.returncode == 1
    assert "unknown key 'trainning_dynamics'" in done.stdout
    assert "Report" not in done.stdout


def test_a_study_that_names_no_run_is_told_what_to_write(fresh):
    def studies_nothing(config: dict) -> None:
        keep_studies(config)

    fresh.configure(studies_nothing)
    done = run(fresh)
    assert done.returncode == 1
    assert "no study has anything to do: name runs under training_dynamics.runs" in done.stdout


def test_the_plan_of_a_dry_run_is_shown(fresh):
    assert "This was a dry-run" in run(fresh, "-n", "--", "training_dynamics").stdout


def started(study: Study, until: Callable[[str], bool], number: int) -> str:
    """What a run shows on a terminal of 80 columns; the group of its processes gets a signal once `until` holds."""
    reading, terminal = pty.openpty()
    os.set_blocking(reading, False)
    command = [*COMMAND, "--", "training_dynamics"]
    shell = {**environment(), "COLUMNS": "80"}
    running = subprocess.Popen(
        command, cwd=study.folder, env=shell, stdout=terminal, stderr=terminal, start_new_session=True
    )
    shown, sent = "", False
    while running.poll() is None:
        try:
            shown += os.read(reading, 1 << 16).decode(errors="replace")
        except BlockingIOError:
            time.sleep(0.05)
        if not sent and until(shown):
            os.killpg(running.pid, number)
            sent = True
    os.set_blocking(reading, True)
    os.close(terminal)
    try:
        while block := os.read(reading, 1 << 16):
            shown += block.decode(errors="replace")
    except OSError:  # nothing is left
        pass
    os.close(reading)
    return f"{shown}\nexit status {running.returncode}"


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, str]:
    """A study stopped by Ctrl-C at a terminal during its trainings, and what was shown. Not to be changed."""
    study = checked_out(tmp_path_factory.mktemp("interrupted") / "rote")
    return study, started(study, lambda shown: " train_run" in shown, signal.SIGINT)


def test_a_terminal_shows_one_line_that_is_rewritten_in_place(interrupted):
    lines = [line for line in interrupted[1].split("\r\x1b[2K") if re.match(r"\d+ of \d+ jobs done", line)]
    assert len(lines) >= 2
    assert all("\n" not in line and len(line) < 80 for line in lines[:-1])
    assert any("time left" in line or " left" in line for line in lines)


def test_ctrl_c_stops_the_run_and_tells_how_far_it_came(interrupted):
    assert re.search(r"Stopped with \d+ of \d+ jobs done\.", interrupted[1])
    assert "Failed:" not in interrupted[1]
    assert interrupted[1].endswith("exit status 130")


def test_a_stopped_run_leaves_no_lock_and_no_process(interrupted):
    study = interrupted[0]
    assert study.snakemake("-n", "--", "training_dynamics").returncode == 0
    assert not list((study.folder / ".snakemake/locks").iterdir())
    command_lines = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.is_file())
    assert not any(str(study.folder).encode() in line for line in command_lines)


def test_of_a_file_that_is_no_yaml_the_line_is_told_before_anything_starts(fresh):
    (fresh.folder / "micro.yaml").write_text("name: micro\nruns: [\n")
    done = run(fresh)
    assert done.returncode == 1
    assert "micro.yaml:3: this is not valid YAML" in done.stdout
    assert not (fresh.folder / "results").exists()
