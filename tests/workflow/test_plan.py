"""The plan names what would run and why, before anything runs."""

import json
import os
import re
import subprocess
import sys
from collections import Counter


def plan(study, *arguments, config="micro.yaml"):
    command = ["workflow/plan.py", "--profile", "profiles/demo", "--configfile", config, *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run([sys.executable, *command], cwd=study.folder, env=environment, capture_output=True, text=True)


def why(study, *arguments):
    """Number of jobs that would run by rule and causes, from the printed table."""
    done = plan(study, *arguments)
    assert done.returncode == 0, done.stderr
    found = Counter()
    for line in done.stdout.split("\n\n")[0].splitlines()[1:]:
        _, rule, jobs, _, causes = (cell.strip() for cell in line.split("  ") if cell.strip())
        found[rule, causes] += int(jobs)
    return found


def test_a_finished_study_has_nothing_to_do(finished):
    assert plan(finished).stdout == "Nothing to do: every result is up to date.\n"


def test_a_changed_module_is_told_as_code_and_what_comes_after_as_following(study):
    study.edit("src/rote/similarity/segmentation.py", lambda text: text + "\nCHANGED = 1\n")
    figures = {("plot_run", "follows"): 2, ("plot_comparison", "follows"): 1}
    assert why(study) == {("find_transitions", "code"): 2, **figures}


def test_a_changed_setting_is_told_as_parameters_apart_from_code(study):
    study.configure(lambda config: config["memorization"].update(wanted_errors=[0.2], false_discovery_rate=0.1))
    study.edit("workflow/scripts/measure_convergence.py", lambda text: text + "\nCHANGED = 1\n")
    assert why(study) == {
        ("measure_convergence", "code, parameters"): 1,
        ("select_influential_pairs", "parameters"): 1,
        ("plot_memorization", "follows"): 1,
    }


def test_a_lost_result_is_missing_where_it_is_needed(study):
    folder = study.folder / "results/micro/memorization/two_shards"
    (folder / "trials_1.parquet").unlink()
    (folder / "pair_selections.parquet").unlink()
    found = why(study)
    assert found["train_trials", "missing"] == found["select_influential_pairs", "missing"] == 1
    assert found["estimate_memorization", "follows"] == 1


def test_other_content_of_a_file_is_told_as_inputs(study):
    path = study.folder / "results/micro/memorization/two_shards/convergence.parquet"
    path.write_bytes(path.read_bytes() + b"more")
    assert why(study) == {("plot_memorization", "inputs"): 1}


def test_a_result_of_another_environment_is_told_as_software(study):
    for path in (study.folder / ".snakemake/metadata").iterdir():
        record = json.loads(path.read_text())
        if record["rule"] == "corrupt_labels":
            path.write_text(json.dumps(record | {"software_stack_hash": "of another environment"}))
    found = why(study)
    assert found["corrupt_labels", "software"] == 2
    assert found["lend_checkpoints", "missing"] == 9  # a loan's token is temporary
    assert {causes for rule, causes in found if rule not in ("corrupt_labels", "lend_checkpoints")} == {"follows"}


def test_studies_are_those_that_need_the_job(study):
    study.edit("workflow/scripts/train_run.py", lambda text: text + "\nCHANGED = 1\n")
    lines = plan(study).stdout.splitlines()
    assert any(line.startswith("training_dynamics, class_fitting ") and " train_run " in line for line in lines)
    assert any(line.startswith("training_dynamics ") and " plot_comparison " in line for line in lines)


def test_hours_are_the_median_that_jobs_of_the_rule_took(study):
    study.edit("workflow/scripts/plot_run.py", lambda text: text + "\nCHANGED = 1\n")
    for run, seconds in (("digits_noise_0", 1800), ("digits_noise_20", 5400)):
        file = study.folder / f"results/micro/benchmarks/plot_run/{run}.tsv"
        head, row = file.read_text().splitlines()
        file.write_text(f"{head}\n{seconds}\t{row.partition(chr(9))[2]}\n")
    output = plan(study).stdout
    assert "  2.00  " in output
    assert "in all: 2 jobs, 0.00 hours on a GPU, 2.00 without one" in output


def test_before_the_first_run_the_time_asked_for_bounds_the_hours_and_nothing_runs(fresh):
    output = plan(fresh, "--", "training_dynamics").stdout
    assert "≤: the time asked for" in output
    assert "≈: by the cost model" in output
    assert re.search(
        r"^in all: .* 0.00 without one; \d+ of them, never timed here, ask for ≤ [\d.]+ hours$", output, re.M
    )
    assert " class_fitting" not in output
    assert {line.split()[-1] for line in output.split("\n\n")[0].splitlines()[1:]} == {"missing"}
    assert not (fresh.folder / "results").exists()


def test_a_configuration_that_cannot_be_used_is_named(fresh):
    fresh.configure(lambda config: config.update(trainning_dynamics={}))
    done = plan(fresh)
    assert done.returncode == 1
    assert "unknown key 'trainning_dynamics'" in done.stderr
    assert "Traceback" not in done.stderr
