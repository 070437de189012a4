from copy import deepcopy
from pathlib import Path

import pytest

from rote.config.files import load
from rote.config.validation import resolved
from rote.errors import ConfigError

DEMO = load(Path(__file__).parents[3] / "config/demo.yaml")


def with_experiment(repetition=None, runs=None, **changes):
    """The demo with its stitching experiment changed."""
    config = deepcopy(DEMO)
    config["runs"] |= runs or {}
    experiment = config["stitching"]["experiments"]["digits"]
    experiment["repetitions"]["seed_0"] |= repetition or {}
    experiment |= changes
    return config


def test_families_and_patterns_of_noisy_runs_are_spelled_out():
    runs = {
        "noisy": {
            "dataset": "digits",
            "labels": "half_random",
            "architecture": "resnet18_k8",
            "recipe": "adam",
            "axes": {"seed": 2},
        }
    }
    for reference in ("noisy", ["noisy_seed_*"], "noisy_*"):
        found = resolved(with_experiment({"noisy": reference}, runs))
        repetition = found["stitching"]["experiments"]["digits"]["repetitions"]["seed_0"]
        assert repetition["noisy"] == ["noisy_seed_0", "noisy_seed_1"]


@pytest.mark.parametrize(
    ("repetition", "changes", "message"),
    [
        ({"clean": "digits_second_clear"}, {}, "did you mean 'digits_second_clean'"),
        ({"clean": "digits_second_clean"}, {}, "a run stands twice"),
        ({"clean": "digits_k8_noise_20"}, {}, "not the true ones"),
        ({"noisy": ["digits_k4_noise_20"]}, {}, "several architectures"),
        ({}, {"cuts": ["stage_5"]}, "did you mean 'stage_4'"),
        ({}, {"cuts": ["stage_1", "stage_1"]}, "stands twice"),
    ],
)
def test_networks_that_cannot_be_stitched_are_refused_before_any_work(repetition, changes, message):
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        resolved(with_experiment(repetition, **changes))


def test_a_run_may_not_bear_the_name_of_the_untrained_network():
    runs = {"untrained": {"dataset": "digits", "architecture": "resnet18_k8", "recipe": "adam"}}
    with pytest.raises(ConfigError, match="give the run another name"):
        resolved(with_experiment(runs=runs))
