from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.config.families import expanded
from rote.config.validation import resolved
from rote.errors import ConfigError

BASE = {
    "name": "mine",
    "datasets": {"digits": {}},
    "labels": {f"noise_{percent}": {"fraction": percent / 100} for percent in (0, 20, 29)},
    "architectures": {f"k{width}": {"name": "resnet", "width": width} for width in (4, 8)},
    "recipes": {"adam": {"optimizer": {"name": "adam", "learning_rate": 0.1}, "epochs": 2}},
}
FAMILY = {"dataset": "digits", "architecture": "k{width}", "recipe": "adam", "axes": {"width": [4, 8], "seed": 2}}


def study(runs, **sections):
    return resolved({**BASE, "runs": runs, "training_dynamics": {"runs": "*"}, **sections})


def refused(runs, **sections):
    with pytest.raises(ConfigError) as error:
        study(runs, **sections)
    return str(error.value)


def test_a_family_has_a_run_for_each_combination_of_values():
    runs = study({"digits": FAMILY})["runs"]
    assert list(runs) == [f"digits_width_{width}_seed_{seed}" for width in (4, 8) for seed in (0, 1)]
    assert runs["digits_width_8_seed_1"]["architecture"] == "k8"
    assert runs["digits_width_8_seed_1"]["seed"] == 1
    assert runs["digits_width_8_seed_1"]["title"] == "digits, width 8, seed 1"


def test_names_give_fractions_in_percent():
    family = FAMILY | {"labels": "noise_{noise:percent}", "architecture": "k4", "axes": {"noise": [0, 0.2, 0.29]}}
    runs = study({"vgg": family})["runs"]
    assert list(runs) == ["vgg_noise_0", "vgg_noise_20", "vgg_noise_29"]
    assert runs["vgg_noise_29"]["labels"] == "noise_29"
    assert runs["vgg_noise_29"]["title"] == "vgg, noise 29 %"


def test_a_name_and_a_title_may_be_given_with_axes_in_them():
    runs = study({"digits": FAMILY | {"name": "k{width}_{seed}", "title": "k = {width}, seed {seed}"}})["runs"]
    assert list(runs) == ["k4_0", "k4_1", "k8_0", "k8_1"]
    assert runs["k8_1"]["title"] == "k = 8, seed 1"


def test_a_value_that_is_nothing_but_an_axis_keeps_its_type():
    runs = study({"digits": FAMILY | {"architecture": "k4", "subset": "{n}", "axes": {"n": [64, 128]}}})["runs"]
    assert [run["subset"] for run in runs.values()] == [64, 128]


@given(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=4, unique=True), min_size=1, max_size=3))
def test_names_of_a_family_are_as_many_as_combinations(values):
    axes = {f"x{number}": these for number, these in enumerate(values)}
    found = expanded({"a": {"title": "".join(f"{{{axis}}}," for axis in axes), "axes": axes}})
    assert found.faults == []
    assert len(found.runs) == len(found.members["a"]) == prod(map(len, values))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes": {"width": [4, 8], "depth": [1]}}, "digits.axes.depth: no value has {depth} in it"),
        ({"axes": {"width": [4, 4.0]}}, "digits.axes.width: a value stands twice in [4, 4.0]"),
        ({"axes": {"wdth": [4]}}, "runs.digits: there is no axis 'width' for {width} (did you mean 'wdth'?)"),
        ({"seed": 3}, "digits.seed: it is given as an axis too"),
        ({"name": "k{width}"}, "runs.k4: two runs bear this name, one of them of the family 'digits'"),
        ({"axes": {"width": []}}, "runs.digits.axes.width"),
        ({"axes": {"width": 0}}, "runs.digits.axes.width"),
        ({"title": "{width"}, "has braces in it"),
    ],
)
def test_a_family_that_cannot_be_made_is_told(change, message):
    assert message in refused({"digits": FAMILY | change})


def test_a_member_bears_no_name_of_another_run():
    assert "runs.digits_width_4_seed_0: two runs bear this name" in refused(
        {"digits": FAMILY, "digits_width_4_seed_0": {"dataset": "digits", "architecture": "k4", "recipe": "adam"}}
    )


@pytest.mark.parametrize("runs", ["digits", ["digits"], "digits_*", {"digits": "mine"}, ["*_seed_0", "*_seed_1"]])
def test_studies_name_a_family_or_a_pattern(runs):
    sets = {"mine": {"form": "gram", "images": {"split": "test", "batches": 4}}}
    found = study({"digits": FAMILY}, training_dynamics={"runs": runs}, representations=sets)["training_dynamics"]
    assert sorted(found["runs"]) == sorted(f"digits_width_{width}_seed_{seed}" for width in (4, 8) for seed in (0, 1))
    assert set(found["runs"].values()) == {"mine"}


def test_comparisons_name_a_family_or_a_pattern():
    comparisons = {"widths": {"title": "Widths", "runs": "*_seed_0"}, "all": {"title": "All", "runs": ["digits"]}}
    found = study({"digits": FAMILY}, training_dynamics={"runs": "digits", "comparisons": comparisons})
    assert found["training_dynamics"]["comparisons"]["widths"]["runs"] == [
        "digits_width_4_seed_0",
        "digits_width_8_seed_0",
    ]
    assert len(found["training_dynamics"]["comparisons"]["all"]["runs"]) == 4


def test_a_pattern_that_matches_no_run_is_told():
    message = refused({"digits": FAMILY}, training_dynamics={"runs": "digts_*"})
    assert "training_dynamics.runs: no run's name matches 'digts_*'" in message
