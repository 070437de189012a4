"""What Snakemake records of jobs' parameters is plain JSON: their text then means the same in every process."""

import math

import pytest

from tests.workflow.micro_study import ROOT
from tests.workflow.reruns import configurations, graph, micro_with_spare_entries

CONFIGURATIONS = configurations(ROOT) | {"micro": micro_with_spare_entries()}


def is_plain(value):
    """Whether a value is JSON's own; a subclass of a type of JSON's may print otherwise and is none."""
    if type(value) is list:
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(type(key) is str and is_plain(inner) for key, inner in value.items())
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_parameter_of_every_job_is_plain_json(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # Snakemake goes elsewhere and stays there
    monkeypatch.setenv("PYTHONPATH", "")
    with graph(ROOT, CONFIGURATIONS[name]) as found:
        params = [(job.rule.name, *param) for job in found.dag.jobs for param in job.params.items()]
    assert "train_run" in {rule for rule, _, _ in params}
    assert [param for param in params if not is_plain(param[-1])] == []


@pytest.mark.parametrize(
    "value", [(1, 2), {1: 2}, {"a": {1}}, [math.nan], math.inf, b"a", ROOT, type("Text", (str,), {})("a")], ids=repr
)
def test_what_is_not_json_is_told_from_it(value):
    assert not is_plain(value)
    assert not is_plain({"inner": [value]})
