"""What is told of a failed job: its one clear error, else the end of what it wrote, and what to do."""

import pytest
from running.failures import KILLED, MEND, REPORT, failure, summary


def told(tmp_path, text, **options):
    log = tmp_path / "job.log"
    log.write_text(text)
    return failure("train_run digits", [str(log)], **{"fresh": True, **options})


def test_the_one_clear_error_is_told_alone_with_all_its_lines(tmp_path):
    found = told(tmp_path, "train: 10%\rtrain: 20%\nError: the loss is nan.\n  - lower the rate\n")
    assert found.message == "the loss is nan.\n  - lower the rate"
    assert found.remedy == MEND


def test_of_a_traceback_the_last_lines_are_told_and_that_the_code_is_at_fault(tmp_path):
    found = told(
        tmp_path, "Traceback (most recent call last):\n  File a\n    x()\n  File b\n    y()\nValueError: of b\n\n"
    )
    assert found.message == "  File b\n    y()\nValueError: of b"
    assert found.remedy == REPORT


def test_a_job_that_stopped_in_mid_sentence_was_killed(tmp_path):
    found = told(tmp_path, "train: 10%\rtrain: 20%\r")
    assert found.message == "train: 10%\ntrain: 20%"
    assert found.remedy == KILLED


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_log_is_said_to_be_one(tmp_path, text):
    assert "without a word in its log" in told(tmp_path, text).message


def test_an_earlier_attempts_log_is_not_taken_for_this_ones(tmp_path):
    assert "without a word in its log" in told(tmp_path, "Error: of yesterday\n", fresh=False).message


def test_no_log_is_no_fault():
    assert "without a word in its log" in failure("rule", [], fresh=True).message


def test_what_a_cluster_says_of_a_killed_job_is_told(tmp_path):
    found = told(tmp_path, "", cluster="SLURM-job '7' failed,\n  status is: 'OUT_OF_MEMORY'.")
    assert found.message.endswith("(SLURM-job '7' failed, status is: 'OUT_OF_MEMORY'.)")


def test_where_a_job_gave_its_reason_the_cluster_is_not_asked(tmp_path):
    assert told(tmp_path, "Error: no.\n", cluster="SLURM-job '7' failed").message == "no."


def test_jobs_that_said_the_same_are_one_entry(tmp_path):
    found = summary([told(tmp_path, "Error: the disk is full\n") for _ in range(7)])
    assert found.startswith("7 jobs failed:")
    assert found.count("the disk is full") == 1
    assert "and 6 more" in found
