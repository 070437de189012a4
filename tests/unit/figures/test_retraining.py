from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.figures.retraining import TRAINED_ON, plot_retraining

RUNS, LABELS, EPOCHS = ("a", "b"), ("corrupted", "true", "own"), (0, 1, 2)
COUNTS = {"examples": 100, "wrong_before": 40, "corrected": 30, "broken": 12, "wrong_after": 22}
KEYS = {"tap": "layer_1", "components": "share 0.9"}


@pytest.fixture(scope="module")
def drawn():
    draw = np.random.default_rng(0)
    retrained = pd.DataFrame(product(RUNS, LABELS, EPOCHS), columns=["run", "retrained", "epoch"])
    retrained = retrained.assign(scoring_accuracy=draw.random(len(retrained)), stopped=retrained["epoch"] == 1)
    retrained["scoring_correct"] = [np.zeros(40, bool)] * len(retrained)
    counts = pd.DataFrame(
        [{"run": run, "retrained": name, "labelling": name, "used": True, **KEYS, **COUNTS}
         for run, name in product(RUNS, LABELS[:2])]
    )  # fmt: skip
    accuracy = pd.DataFrame(product(RUNS, ("layer_1", "layer_2"), LABELS[:2]), columns=["run", "tap", "labelling"])
    accuracy = accuracy.assign(epoch=9, method="subspaces", components="share 0.9", fitted_on="all", group="scoring")
    accuracy = accuracy.assign(accuracy=draw.random(len(accuracy)))
    return retrained, accuracy, plot_retraining(retrained, counts, accuracy, title="a title")


@pytest.mark.parametrize("name", LABELS)
def test_a_line_is_the_mean_over_runs(drawn, name):
    retrained, _, figure = drawn
    says = TRAINED_ON[name][1]
    line = next(one for one in figure.axes[0].get_lines() if one.get_label() == says)
    own = retrained[retrained["retrained"] == name]
    np.testing.assert_allclose(line.get_ydata(), own.groupby("epoch")["scoring_accuracy"].mean())


def test_the_relabelling_classifier_is_that_of_its_layer(drawn):
    _, accuracy, figure = drawn
    dashed = [
        one.get_ydata()[0] for one in figure.axes[0].get_lines() if one.get_linestyle() == "--" and len(one.get_ydata())
    ]
    expected = accuracy[accuracy["tap"] == "layer_1"].groupby("labelling")["accuracy"].mean()
    np.testing.assert_allclose(dashed, expected[["corrupted", "true"]])


def test_bars_are_shares_of_the_wrong_and_of_the_right_labels(drawn):
    heights = [bar.get_height() for bar in drawn[2].axes[1].patches]
    np.testing.assert_allclose(heights, [0.4, 0.75, 0.2, 0.22] * 2)
