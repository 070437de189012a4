from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from rote.figures.masc import plot_accuracies, plot_sizes

TAPS, RUNS, LABELLINGS = ("input", "layer_1", "fully_connected"), ("a", "b"), ("corrupted", "true")
METHODS = (("subspaces", "share 0.9"), ("subspaces", "number 1"), ("class_means", "none"))
NETWORK = {"tap": "fully_connected", "labelling": "none", "method": "network", "components": "none"}
GROUPS = (("train", "given"), ("train", "true"), ("test", "true"))
KEYS = ["run", "epoch", "tap", "labelling", "method", "components", "fitted_on", "group", "against"]


def accuracies():
    """MASC_ACCURACY of two runs at epochs 0 and 9."""
    rows = [
        (run, epoch, tap, labelling, method, components, fitted_on, group, against)
        for run, epoch, tap, labelling, (method, components), fitted_on, (group, against) in product(
            RUNS, (0, 9), TAPS, LABELLINGS, METHODS, ("all", "other_folds"), GROUPS
        )
        if fitted_on == "all" or group == "train"
    ]
    own = [
        (run, epoch, *NETWORK.values(), "none", group, against)
        for run, epoch, (group, against) in product(RUNS, (0, 9), GROUPS)
    ]
    frame = pd.DataFrame([*rows, *own], columns=KEYS)
    return frame.assign(accuracy=np.random.default_rng(0).random(len(frame)), examples=50)


def history():
    return pd.DataFrame({"run": ["a", "a", "b"], "epoch": [0, 9, 9], "subset": "test", "error": [0.2, 0.5, 0.4]})


@pytest.fixture(scope="module")
def drawn():
    frame = accuracies()
    return frame, plot_accuracies(frame, history(), title="a title")


def line(axes, label):
    return next(one for one in axes.get_lines() if one.get_label() == label).get_ydata()


@pytest.mark.parametrize(("row", "labelling"), list(enumerate(LABELLINGS)))
@pytest.mark.parametrize(
    ("column", "group", "against"), [(0, "train", None), (1, "train", "true"), (2, "test", "true")]
)
def test_lines_are_means_over_runs_of_the_last_network(drawn, row, labelling, column, group, against):
    frame, figure = drawn
    own = frame.query(
        "epoch == 9 and labelling == @labelling and components == 'share 0.9' and fitted_on == 'all' and "
        "group == @group"
    )
    own = own[own["against"] == (against or {"corrupted": "given", "true": "true"}[labelling])]
    label = "class subspaces, share 0.9" + ("" if group == "test" else ", made of these examples too")
    expected = own.groupby("tap")["accuracy"].mean()[list(TAPS)]
    np.testing.assert_allclose(line(figure.axes[3 * row + column], label), expected)


def test_the_untrained_network_and_the_best_epoch_stand_beside(drawn):
    frame, figure = drawn
    own = frame.query(
        "epoch == 0 and labelling == 'true' and components == 'share 0.9' and fitted_on == 'all' and group == 'test'"
    )
    np.testing.assert_allclose(
        line(figure.axes[5], "untrained network"), own.groupby("tap")["accuracy"].mean()[list(TAPS)]
    )
    assert line(figure.axes[2], "network, best epoch")[0] == pytest.approx(0.7)


def test_the_band_of_one_run_alone_is_over_its_examples():
    frame = accuracies().query("run == 'a'").assign(accuracy=0.5)
    figure = plot_accuracies(frame, history(), title="a title")
    ends = [band.get_paths()[0].vertices[:, 1] for band in figure.axes[2].collections]
    low, high = binomtest(25, 50).proportion_ci(0.95, "exact")
    assert all((end.min(), end.max()) == pytest.approx((low, high)) for end in ends)


def test_sizes_are_means_over_classes_and_runs():
    keys = ["run", "epoch", "tap", "labelling", "components", "class"]
    frame = pd.DataFrame(product(RUNS, (0, 9), TAPS, LABELLINGS, ("share 0.9", "number 1"), (0, 1)), columns=keys)
    frame = frame.assign(dimensions=np.random.default_rng(0).integers(1, 40, len(frame)), spanned=40)
    figure = plot_sizes(frame, title="a title")
    own = frame.query("epoch == 9 and labelling == 'true' and components == 'share 0.9'")
    np.testing.assert_allclose(line(figure.axes[1], "share 0.9"), own.groupby("tap")["dimensions"].mean()[list(TAPS)])
