from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.intervals import over_seeds
from rote.figures.capacities import GROUPS, MEASURES, plot_capacities

TAPS, EPOCHS, RUNS = ("relu_1", "relu_10", "relu_2"), (0, 2, 5), ("a", "b", "c")  # depth is no order of names


def measured(epochs=EPOCHS, groups=tuple(GROUPS), runs=RUNS):
    """CAPACITIES of runs, with random values."""
    draw = np.random.default_rng(0)
    keys = ["run", "epoch", "tap", "group", "shuffled"]
    frame = pd.DataFrame(product(runs, epochs, TAPS, groups, (False, True)), columns=keys)
    frame = frame.assign(**{measure: draw.uniform(0.1, 1, len(frame)) for measure in MEASURES})
    frame["tap"], frame["group"] = (pd.Categorical(frame[name]) for name in ("tap", "group"))
    return frame.assign(center_removal="none", n_manifolds=10, images_per_class=36, capacity_without_structure=2 / 36)


def history(runs=RUNS):
    """HISTORY of runs whose best epoch is 2 and whose last is 5."""
    rows = [
        {"run": run, "epoch": epoch, "subset": "test", "error": abs(epoch - 2) / 10}
        for run in runs
        for epoch in (0, 2, 5)
    ]
    return pd.DataFrame(rows)


def figure(frame):
    return plot_capacities(frame, history(), title="MLP")


def lines(axes):
    """Lines of the groups, by label."""
    return {line.get_label(): line for line in axes.lines if line.get_label() in GROUPS}


def test_lines_are_means_over_runs_and_bands_their_intervals_layer_by_layer():
    frame = measured()
    for axes, (epoch, measure) in zip(figure(frame).axes, product(EPOCHS, MEASURES), strict=True):
        bands = dict(zip(GROUPS, axes.collections[1:], strict=True))  # the first is of classes dealt out at random
        for group, line in lines(axes).items():
            of_group = frame[(frame["epoch"] == epoch) & (frame["group"] == group) & ~frame["shuffled"]]
            heights = bands[group].get_paths()[0].vertices[:, 1]
            for place, tap in enumerate(TAPS):
                expected = over_seeds(of_group.loc[of_group["tap"] == tap, measure])
                assert line.get_ydata()[place] == pytest.approx(expected.estimate)
                assert any(np.isclose(heights, expected.low))
                assert any(np.isclose(heights, expected.high))


def test_there_is_a_row_for_each_moment_that_was_measured():
    assert len(figure(measured()).axes) == 3 * len(MEASURES)
    assert len(figure(measured(epochs=(2, 5))).axes) == 2 * len(MEASURES)
    assert figure(measured(epochs=(5,))).axes[0].get_ylabel() == "last epoch"


def test_the_capacity_without_structure_is_drawn_as_measured_and_as_the_closed_form():
    frame = measured(epochs=(5,))
    capacity = figure(frame).axes[0]
    shuffled = frame[frame["shuffled"]].groupby(["tap", "group"], observed=True)["capacity"].mean().unstack()
    heights = capacity.collections[0].get_paths()[0].vertices[:, 1]
    for tap in TAPS:
        assert any(np.isclose(heights, shuffled.loc[tap].min()))
        assert any(np.isclose(heights, shuffled.loc[tap].max()))
    closed = next(line for line in capacity.lines if line.get_label() == "2/M, no structure")
    assert set(closed.get_ydata()) == {2 / 36}


def test_means_of_the_best_epoch_are_dotted_in_the_row_of_the_last():
    frame = measured()
    best = frame[(frame["epoch"] == 2) & (frame["group"] == "permuted") & ~frame["shuffled"]]
    expected = [best.loc[best["tap"] == tap, "capacity"].mean() for tap in TAPS]
    dotted = [line.get_ydata() for line in figure(frame).axes[8].lines if line.get_linestyle() == ":"]
    assert any(np.allclose(level, expected) for level in dotted)


def test_groups_without_images_are_left_out():
    of_true_labels = figure(measured(groups=("unpermuted", "test")))
    assert set(lines(of_true_labels.axes[0])) == {"unpermuted", "test"}


def test_the_title_says_how_many_images_manifolds_have_and_what_was_projected_out():
    frame = measured()
    assert "10 manifolds of 36 images, nothing projected out" in figure(frame).get_suptitle()
    frame.loc[frame["run"] == "a", "images_per_class"] = 30
    frame["center_removal"] = "published"
    assert "of 30 to 36 images, directions that centres share projected out" in figure(frame).get_suptitle()
