from itertools import product

import numpy as np
import pandas as pd
import pytest

from rote.figures.convergence import plot_convergence

TAPS, EPOCHS, NETWORKS = (
    ("stem", "middle", "head"),
    (0, 1, 4, 20),
    {("clean", 0.0): "a", ("second_clean", 0.0): "b", ("noisy", 0.5): "c"},
)


def drawn(repetitions=("one", "two")):
    draw = np.random.default_rng(0)
    keys = ["repetition", "network", "reference", "tap", "epoch"]
    cka = pd.DataFrame(product(repetitions, NETWORKS, ("own", "clean"), TAPS, EPOCHS), columns=keys)
    cka = cka[(cka["network"] != ("clean", 0.0)) | (cka["reference"] == "own")].reset_index(drop=True)
    settling = pd.DataFrame(product(repetitions, NETWORKS, TAPS), columns=["repetition", "network", "tap"])
    for frame in (cka, settling):
        frame["role"], frame["noise"] = zip(*frame["network"], strict=True)
        frame["into"] = frame["network"].map(NETWORKS)
    cka["cka"], cka["chance"] = draw.random(len(cka)), 0.0
    settling["settled_epoch"] = draw.choice(EPOCHS, len(settling))
    settling["relative_settled_epoch"] = pd.array([None, *settling["settled_epoch"][1:]], "Int32")
    return cka, settling


@pytest.fixture(scope="module")
def made():
    frames = drawn()
    return frames, plot_convergence(*frames, estimator="unbiased", title="")


def test_each_line_is_the_mean_over_repetitions_of_an_epoch_layer_by_layer(made):
    (cka, _), figure = made
    for place, (role, noise) in enumerate(NETWORKS):
        of_network = cka[(cka["role"] == role) & (cka["noise"] == noise)]
        for row, reference in enumerate(("own", "clean")):
            rows = of_network[of_network["reference"] == reference]
            lines = figure.axes[3 * row + place].lines
            if not len(rows):
                assert len(lines) == 0
                continue
            for line, epoch in zip(lines, EPOCHS, strict=False):
                expected = rows[rows["epoch"] == epoch].groupby("tap")["cka"].mean().loc[list(TAPS)]
                assert line.get_ydata() == pytest.approx(expected.to_numpy())


def test_chance_is_drawn_in_every_panel_that_has_a_reference(made):
    _, figure = made
    dashed = [[line for line in axes.lines if line.get_linestyle() == "--"] for axes in figure.axes[:6]]
    assert [len(lines) for lines in dashed] == [1, 1, 1, 0, 1, 1]


def test_columns_name_the_control_and_the_share_of_random_labels(made):
    _, figure = made
    titles = [axes.get_title().split("\n")[0] for axes in figure.axes[:3]]
    assert titles == ["clean", "second clean (control)", "50 % random labels"]
