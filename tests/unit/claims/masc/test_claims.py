"""Claims on class subspaces, of predictions whose answers are known."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.masc.layers import on_layers
from rote.claims.masc.memory import on_memory
from rote.claims.masc.paired import paired
from rote.claims.masc.retraining import on_relabelling, on_retraining
from rote.claims.masc.runs import runs
from rote.claims.measured import judged

N, M, K = 2000, 1000, 10
LAYERS = ("layer_1", "layer_2", "layer_3")
TAPS = ("input", *LAYERS, "fully_connected")
NETWORK = {0: 0.1, 4: 0.9, 9: 0.5}  # accuracy by epoch
TRAINED = {"input": 0.6, "layer_1": 0.65, "layer_2": 0.8, "layer_3": 0.7, "fully_connected": 0.5}
UNTRAINED = {"input": 0.6, "layer_1": 0.5, "layer_2": 0.5, "layer_3": 0.5, "fully_connected": 0.3}
MEMORIZED = {"input": 0.1, "layer_1": 0.1, "layer_2": 0.5, "layer_3": 0.97, "fully_connected": 0.97}


def guess(draw, labels, accuracy):
    """Predictions that are right with a probability, else of another class."""
    other = (labels + draw.integers(1, K, len(labels))) % K
    return np.where(draw.random(len(labels)) < accuracy, labels, other)


def experiment(n_runs=1, trained=TRAINED, untrained=UNTRAINED, memorized=MEMORIZED, share=0.4, labellings=None):
    """MASC_PREDICTIONS and MASC_EXAMPLES: accuracy on test images, and of wrong labels that are given."""
    draw, predictions, examples = np.random.default_rng(0), [], []
    for run in range(n_runs):
        true, test = draw.integers(0, K, N), np.tile(np.arange(K), M // K)
        given = np.where(draw.random(N) < share, draw.integers(0, K, N), true)
        other = draw.integers(0, K, N)
        changed = given != true

        def rows(keys, accuracy, of_wrong, true=true, given=given, test=test, changed=changed):
            if keys["labelling"] == "reversed":
                train = guess(draw, other, of_wrong)  # noqa: B023
            else:
                train = np.where(changed & (draw.random(N) < of_wrong), given, guess(draw, true, accuracy))
            own = [{**keys, "fitted_on": fit, "split": "train", "predicted": train} for fit in ("all", "other_folds")]
            if keys["method"] == "network":
                own = [{**own[0], "fitted_on": "none"}]
            return [*own, {**own[0], "split": "test", "predicted": guess(draw, test, accuracy)}]

        for epoch, accuracy in NETWORK.items():
            keys = {"epoch": epoch, "tap": "fully_connected", "labelling": "none", "method": "network"}
            predictions += [
                {"run": f"run_{run}", **row} for row in rows({**keys, "components": "none"}, accuracy, accuracy)
            ]
        for epoch, tap, labelling in product((0, 9), TAPS, labellings or ("corrupted", "true")):
            accuracy = (trained if epoch else untrained)[tap] + 0.15 * (labelling == "true" and tap != "input")
            keys = {"epoch": epoch, "tap": tap, "labelling": labelling, "method": "subspaces"}
            of_wrong = memorized[tap] if epoch and labelling != "true" else 0.1
            predictions += [
                {"run": f"run_{run}", **row} for row in rows({**keys, "components": "share 0.99"}, accuracy, of_wrong)
            ]
        part = np.where(np.arange(M) % 50 < 10, "selection", "scoring")
        examples += [
            pd.DataFrame({"split": "train", "example": range(N), "given_label": given, "true_label": true,
                          "reversed_label": other, "part": "train", "run": f"run_{run}"}),
            pd.DataFrame({"split": "test", "example": range(M), "given_label": test, "true_label": test,
                          "reversed_label": None, "part": part, "run": f"run_{run}"}),
        ]  # fmt: skip
    return runs(pd.DataFrame(predictions), pd.concat(examples))


def findings(measured):
    return {finding.claim.name: finding for finding in judged(measured, "here")}


def on(**options):
    found = experiment(**options)
    return findings([*on_layers([*found.values()]), *on_memory([*found.values()]), *on_relabelling(found)])


@pytest.fixture(scope="module")
def claimed():
    return on()


def test_a_gain_is_that_of_the_best_layer_on_images_that_it_was_not_chosen_on(claimed):
    found = claimed["M1"]
    assert (found.verdict, found.interval.unit, found.interval.n_units) == ("agrees", "images", 0.8 * M)
    assert found.interval.low < 0.3 < found.interval.high


def test_what_the_images_or_an_untrained_network_give_too_is_not_the_network_s():
    found = on(untrained=TRAINED)
    assert found["M1"].verdict == "agrees"
    assert found["M1c"].verdict == "undecided"
    assert on(trained=TRAINED | {"input": 0.95})["M1c"].verdict == "disagrees"


def test_a_network_that_was_better_before_is_held_against_its_subspaces(claimed):
    assert claimed["M1c"].verdict == "agrees"
    assert claimed["M1e"].verdict == "disagrees"
    assert claimed["M1e"].interval.estimate == pytest.approx(-0.1, abs=0.05)


def test_true_labels_that_help_an_untrained_network_as_much_decide_nothing(claimed):
    assert claimed["M2"].interval.low > 0
    assert claimed["M2"].verdict == "undecided"
    assert claimed["M2.input"].verdict == "agrees"


def test_memorized_labels_are_found_in_late_layers(claimed):
    assert claimed["M4"].interval.estimate == pytest.approx(0.82, abs=0.04)
    assert claimed["M4"].verdict == "agrees"
    assert claimed["M4.perfect"].verdict == "disagrees"  # 0.97 of the wrong labels, 0.7 of the others
    assert claimed["M4.both"].interval.estimate == pytest.approx(0.36, abs=0.06)


def test_relabelling_is_held_against_that_by_an_untrained_network(claimed):
    found = claimed["M7"]
    assert found.control is not None
    assert found.interval.n_units == N


def test_depth_is_judged_over_four_seeds_and_more():
    assert on(n_runs=2)["M4.depth"].verdict == "undecided"
    found = on(n_runs=4)
    assert found["M4.depth"].interval.n_units == 4
    assert found["M4.depth"].interval.estimate > 0.8
    assert (found["M1"].interval.unit, found["M1"].interval.n_units) == ("seeds", 4)


def test_uncorrupted_networks_are_held_against_other_claims():
    found = on(share=0.0, labellings=("corrupted", "reversed"))
    assert {"M9", "M5", "M8"} <= set(found)
    assert not {"M1", "M3", "M4", "M7"} & set(found)
    assert found["M9"].verdict == "agrees"
    alike = on(share=0.0, labellings=("corrupted",), untrained=TRAINED)
    assert alike["M9"].verdict == "undecided"  # an untrained network is as good
    assert found["M8"].verdict == "undecided"  # what is cross-fitted here is as high: the control meets it


def retrained(gain):
    correct = np.arange(800) % 10 < 5
    rows = []
    for labels, better in (("corrupted", gain), ("true", 0.4), ("own", 0.0)):
        for epoch in range(3):
            right = correct.copy()
            right[: int(800 * better) * (epoch > 0)] = True
            rows.append(("run_0", labels, epoch, right, epoch == 1, epoch == 2))
    return pd.DataFrame(rows, columns=["run", "retrained", "epoch", "scoring_correct", "stopped", "short"])


@pytest.mark.parametrize(("gain", "verdict"), [(0.3, "agrees"), (0.0, "disagrees")])
def test_further_training_is_held_against_that_on_the_network_s_own_labels(gain, verdict):
    found = findings(on_retraining(experiment(), retrained(gain)))
    assert found["M6"].verdict == found["M6.short"].verdict == verdict
    assert found["M6"].interval.estimate == pytest.approx(gain / 2)
    assert found["M6"].control.estimate == 0
    assert found["M10"].verdict == "agrees"  # 0.65 at most, and the layer's subspaces have 0.8


def test_an_interval_over_few_runs_is_over_images_each_with_its_mean():
    values = [np.array([1.0, 0.0, np.nan, 1.0]), np.array([0.0, 0.0, 1.0])]
    found = paired(values)
    assert (found.unit, found.n_units, found.estimate) == ("images", 4, np.mean([0.5, 0.0, 1.0, 1.0]))


def test_no_image_at_all_decides_nothing():
    assert np.isnan(paired([np.full(3, np.nan)]).estimate)
