from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from rote.claims.intervals import over_seeds
from rote.figures.rewinding import plot_rewinding

LAYERS, EPOCHS, RUNS, EXAMPLES = ("first", "second", "last"), (0, 1, 4), ("a", "b"), 50
GROUPS = ("train", "unpermuted", "permuted", "restored", "test")
BEST = {"a": 0.7, "b": 0.8}


def drawn(runs=RUNS, treatments=("with_layer",), layers=LAYERS):
    """REWINDING of runs, with random counts of 50 examples."""
    draw = np.random.default_rng(0)
    keys = ["run", "batch_norm", "layer", "epoch", "group"]
    frame = pd.DataFrame(product(runs, treatments, layers, EPOCHS, GROUPS), columns=keys)
    accuracy = draw.integers(0, EXAMPLES + 1, len(frame)) / EXAMPLES
    return frame.assign(accuracy=accuracy, examples=EXAMPLES, unchanged_accuracy=0.6)


def history(runs=RUNS):
    """HISTORY of runs whose test accuracy is best at epoch 1."""
    rows = [
        {"run": run, "epoch": epoch, "subset": subset, "error": error}
        for run in runs
        for epoch, test in ((0, 0.9), (1, 1 - BEST[run]), (4, 0.5))
        for subset, error in (("train", 0.1), ("test", test))
    ]
    return pd.DataFrame(rows)


def figure(frame, runs=RUNS):
    return plot_rewinding(frame, history(runs), title="")


def panels(made):
    """Panels in order; the last of a figure's axes is its bar of colours."""
    return made.axes[:-1]


def curves(axes):
    """Lines of layers, in order of depth: the others lie flat across the panel."""
    return [line for line in axes.lines if len(line.get_xdata()) != 2 or line.get_linestyle() == "-"]


def test_lines_are_means_over_runs_and_bands_their_intervals():
    frame = drawn()
    for axes, group in zip(panels(figure(frame)), ("train", "test"), strict=True):
        for layer, line, band in zip(LAYERS, curves(axes), axes.collections, strict=True):
            for place, epoch in enumerate(EPOCHS):
                chosen = (frame["layer"] == layer) & (frame["epoch"] == epoch) & (frame["group"] == group)
                expected = over_seeds(frame[chosen]["accuracy"])
                assert line.get_ydata()[place] == pytest.approx(expected.estimate)
                heights = band.get_paths()[0].vertices[:, 1]
                assert any(np.isclose(heights, expected.low))
                assert any(np.isclose(heights, expected.high))


@pytest.mark.parametrize(("number", "shown"), [(16, 16), (20, 8), (17, 7)])
def test_of_many_layers_every_third_and_the_last_two_are_drawn(number, shown):
    layers = [f"layer_{place:02d}" for place in range(number)]
    frame = drawn(layers=layers)
    (left, _) = panels(figure(frame))
    lines = curves(left)
    assert len(lines) == shown
    places = [place for place in range(number) if number == 16 or place % 3 == 0 or place >= number - 2]
    for place, line in zip(places, lines, strict=True):
        own = frame[(frame["layer"] == layers[place]) & (frame["group"] == "train") & (frame["epoch"] == EPOCHS[0])]
        assert line.get_ydata()[0] == pytest.approx(own["accuracy"].mean())


def test_one_run_has_the_exact_interval_over_its_examples():
    frame = drawn(runs=("a",))
    axes = panels(figure(frame, ("a",)))[1]
    for layer, band in zip(LAYERS, axes.collections, strict=True):
        for epoch in EPOCHS:
            chosen = (frame["layer"] == layer) & (frame["epoch"] == epoch) & (frame["group"] == "test")
            accuracy = frame[chosen]["accuracy"].item()
            expected = binomtest(round(accuracy * EXAMPLES), EXAMPLES).proportion_ci(0.95, "exact")
            heights = band.get_paths()[0].vertices[:, 1]
            assert any(np.isclose(heights, expected.low))
            assert any(np.isclose(heights, expected.high))


def test_early_stopped_test_accuracy_and_that_of_the_networks_as_they_are_lie_across():
    train, test = panels(figure(drawn()))
    assert test.lines[-1].get_ydata() == pytest.approx([np.mean(list(BEST.values()))] * 2)
    for axes in (train, test):
        assert axes.lines[0].get_ydata() == pytest.approx([0.6, 0.6])
    assert len(train.lines) == len(test.lines) - 1


def test_each_treatment_of_batch_norms_has_a_row():
    frame = drawn(treatments=("stays", "with_layer"))
    made = panels(figure(frame))
    assert ["goes back" in axes.get_title() for axes in made] == [True, True, False, False]
    chosen = (frame["batch_norm"] == "stays") & (frame["group"] == "test") & (frame["layer"] == "last")
    expected = frame[chosen].groupby("epoch")["accuracy"].mean()
    assert curves(made[3])[-1].get_ydata() == pytest.approx(expected.to_numpy())


def test_only_epochs_that_every_run_has_are_drawn():
    frame = drawn()
    shorter = frame[(frame["run"] == "a") | (frame["epoch"] > 0)]
    assert curves(panels(figure(shorter))[0])[0].get_xdata().tolist() == [1, 4]
