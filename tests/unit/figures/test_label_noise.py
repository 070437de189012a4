from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.claims.intervals import over_seeds
from rote.figures.capacities import GROUPS
from rote.figures.label_noise import plot_label_noise

TAPS = ("input", "relu_1", "relu_2", "relu_3", "relu_4", "fully_connected")
FRACTIONS = {"none_0": 0.0, "none_1": 0.0, "half_0": 0.5, "half_1": 0.5, "half_2": 0.5, "all_0": 1.0, "all_1": 1.0}
ABSENT = {0.0: {"permuted", "restored"}, 0.5: set(), 1.0: {"unpermuted"}}


@pytest.fixture(scope="module")
def frame():
    """CAPACITIES of runs at their best epoch, 2, and at their last, 5."""
    draw = np.random.default_rng(0)
    rows = [
        (run, epoch, tap, group, shuffled)
        for run, epoch, tap, group, shuffled in product(FRACTIONS, (2, 5), TAPS, GROUPS, (False, True))
        if group not in ABSENT[FRACTIONS[run]]
    ]
    made = pd.DataFrame(rows, columns=["run", "epoch", "tap", "group", "shuffled"])
    made["tap"], made["group"] = (pd.Categorical(made[name]) for name in ("tap", "group"))
    made["capacity"] = draw.uniform(0.1, 1, len(made))
    return made.assign(center_removal="none", n_manifolds=10, images_per_class=36)


@pytest.fixture(scope="module")
def panels(frame):
    history = pd.DataFrame(
        [
            {"run": run, "epoch": epoch, "subset": "test", "error": abs(epoch - 2)}
            for run in FRACTIONS
            for epoch in (2, 5)
        ]
    )
    return plot_label_noise(frame, history, fractions=FRACTIONS, title="").axes


def test_the_panels_are_the_first_the_middle_and_the_last_layer_without_images_and_logits(panels):
    assert [axes.get_title() for axes in panels] == ["relu 1", "relu 2", "relu 4"]


def test_lines_are_means_over_the_runs_of_each_share_at_the_last_epoch(frame, panels):
    for axes, tap in zip(panels, ("relu_1", "relu_2", "relu_4"), strict=True):
        lines = {line.get_label(): line for line in axes.lines}
        assert set(lines) == set(GROUPS)
        for group, line in lines.items():
            assert line.get_xdata().tolist() == [0, 0.5, 1]
            for share, height in zip((0, 0.5, 1), line.get_ydata(), strict=True):
                runs = [run for run, fraction in FRACTIONS.items() if fraction == share]
                own = (
                    frame["run"].isin(runs) & (frame["epoch"] == 5) & (frame["tap"] == tap) & (frame["group"] == group)
                )
                expected = over_seeds(frame.loc[own & ~frame["shuffled"], "capacity"]).estimate
                assert height == pytest.approx(expected, nan_ok=True)


def test_a_share_without_a_group_leaves_a_gap(panels):
    lines = {line.get_label(): line.get_ydata() for line in panels[0].lines}
    assert np.isnan(lines["permuted"]).tolist() == [True, False, False]
    assert np.isnan(lines["unpermuted"]).tolist() == [False, False, True]
