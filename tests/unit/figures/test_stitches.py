from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from rote.claims.intervals import over_seeds
from rote.figures.stitches import LINES, plot_stitches

CUTS, SHARES, N = ("first", "last"), (0.25, 0.5), 50


def drawn(repetitions=("a", "b")):
    """STITCHES of repetitions with two noisy networks each, with random counts of 50 examples."""
    draw = np.random.default_rng(0)
    rows = []
    for repetition, cut, (front, tail) in product(repetitions, CUTS, [key for one in LINES.values() for key in one]):
        for share in SHARES if "noisy" in (front, tail) else (0.0,):
            rows.append(
                {
                    "repetition": repetition,
                    "cut": cut,
                    "front_role": front,
                    "tail_role": tail,
                    "tail": f"{tail} {share}" if tail == "noisy" else tail,
                    "noise": share,
                    "wrong_labels": 0.9 * share,
                    "style": "frankenstein",
                    "start": "identity" if front == "self" else "least_squares",
                    "steps": 7,
                    "examples": N,
                    "tail_accuracy": 0.9 if tail == "clean" else 0.6,
                }
                | {name: draw.integers(0, N + 1) / N for name in ("accuracy", "least_squares_accuracy")}
            )
    return pd.DataFrame(rows)


def line_of(frame, axes, label):
    (line,) = [one for one in axes.lines if one.get_label() == label]
    return line


@pytest.mark.parametrize("repetitions", [("a", "b"), ("a",)])
def test_lines_are_means_over_repetitions_at_their_share_of_random_labels(repetitions):
    frame = drawn(repetitions)
    made = plot_stitches(frame, title="")
    for panels, (front, tail) in zip(
        (made.axes[:2], made.axes[2:]), (("noisy", "clean"), ("clean", "noisy")), strict=True
    ):
        for axes, cut in zip(panels, CUTS, strict=True):
            line = line_of(frame, axes, "noisy → clean, clean → noisy")
            of_line = frame[(frame["cut"] == cut) & (frame["front_role"] == front) & (frame["tail_role"] == tail)]
            assert line.get_xdata().tolist() == list(SHARES)
            expected = of_line.groupby("noise")["accuracy"].mean()
            assert line.get_ydata() == pytest.approx(expected.to_numpy())


def test_bands_are_over_repetitions_and_of_one_alone_over_examples():
    for repetitions in (("a", "b"), ("a",)):
        frame = drawn(repetitions)
        axes = plot_stitches(frame, title="").axes[0]
        chosen = frame[(frame["cut"] == "first") & (frame["front_role"] == "noisy") & (frame["noise"] == 0.5)]
        accuracies = chosen["accuracy"].to_numpy()
        exact = binomtest(round(accuracies[0] * N), N).proportion_ci()
        expected = over_seeds(accuracies) if len(repetitions) > 1 else exact
        heights = np.concatenate([band.get_paths()[0].vertices[:, 1] for band in axes.collections])
        assert any(np.isclose(heights, expected.low))
        assert any(np.isclose(heights, expected.high))


def test_every_panel_shows_its_controls_and_the_networks_as_they_are():
    made = plot_stitches(drawn(), title="")
    for panels, lines in zip((made.axes[:2], made.axes[2:]), LINES.values(), strict=True):
        for axes in panels:
            labels = {line.get_label() for line in axes.lines}
            assert {label for _, label in lines.values()} <= labels
            assert {"clean network as it is", "noisy network as it is"} <= labels


def test_axes_say_the_nominal_share_and_that_of_wrong_labels():
    made = plot_stitches(drawn(), title="")
    assert [label.get_text() for label in made.axes[-1].get_xticklabels()] == ["25 % (22 %)", "50 % (45 %)"]
