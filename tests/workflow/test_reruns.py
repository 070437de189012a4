"""A change re-runs the rules that depend on it, what follows from their results, and nothing else."""

import json
import os
import subprocess
import sys
from dataclasses import fields

import pytest
import yaml

from rote.config.class_fitting import ClassFitting
from rote.config.memorization import Memorization
from rote.config.study import Study
from rote.config.training_dynamics import TrainingDynamics
from tests.workflow.micro_study import ROOT
from tests.workflow.reruns import MODULES, RUN, SETTINGS, SPARE, TABLE

REMEDY = "If that is meant, run `python tests/workflow/reruns.py` and review the difference of reruns.yaml."
table = yaml.safe_load(TABLE.read_text())


def told(*arguments, study=ROOT):
    """What the script tells, with the library and the workflow of a checkout."""
    done = subprocess.run(
        [sys.executable, TABLE.with_name("reruns.py"), *arguments],
        env=os.environ | {"PYTHONPATH": f"{study}/src:{study}/workflow"},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def plans(finished, tmp_path_factory):
    """What Snakemake would run of a finished study after each change."""
    study = finished.copy(tmp_path_factory.mktemp("reruns") / "rote")
    study.own_sources()  # they are edited
    return json.loads(told(str(study.folder), study=study.folder))


def rules_of(row, plans):
    """Rules of a row of the table that the small study runs."""
    rules = plans["settings"]["name"]["rules"]  # under another name there is no result yet
    return [rule for rule in rules if row == "every rule" or rule in row]


def test_the_table_of_modules_is_up_to_date():
    assert yaml.safe_load(told("--modules"))["modules"] == table["modules"], REMEDY


def test_every_section_of_the_configuration_is_in_the_table():
    studies = {"training_dynamics": TrainingDynamics, "class_fitting": ClassFitting, "memorization": Memorization}
    sections = {field.name for field in fields(Study)} - set(studies)
    sections |= {f"{study}.{field.name}" for study, section in studies.items() for field in fields(section)}
    named = [*table["settings"], *SPARE]
    assert {section for section in sections if not any(f"{name}.".startswith(f"{section}.") for name in named)} == set()
    assert set(table["settings"]) == set(SETTINGS), REMEDY


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_changed_setting_re_runs_the_rules_of_the_table_and_what_follows(plans, setting):
    plan = plans["settings"][setting]
    assert plan["rules"] == table["settings"][setting], REMEDY
    assert plan["running"] == plan["following"]


@pytest.mark.parametrize("setting", [name for name in SETTINGS if name.startswith(f"runs.{RUN}.")])
def test_a_changed_run_re_runs_nothing_of_another_run(plans, setting):
    running = plans["settings"][setting]["running"]
    assert any(RUN in result for result in running)
    assert not [result for result in running if "digits_noise_0" in result]


@pytest.mark.parametrize("module", MODULES)
def test_a_changed_module_re_runs_the_rules_of_the_table_and_what_follows(plans, module):
    plan = plans["modules"][module]
    assert plan["rules"] == rules_of(table["modules"][module], plans), REMEDY
    assert plan["running"] == plan["following"]


def test_comments_docstrings_layout_and_names_of_local_variables_re_run_nothing(plans):
    assert plans["nothing"]["other words"]["running"] == []


def test_an_entry_that_nothing_uses_runs_nothing(plans):
    assert plans["nothing"]["entries that nothing uses"]["running"] == []
