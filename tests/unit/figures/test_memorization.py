import matplotlib.pyplot as plt
import numpy as np
import pytest

from rote import tables
from rote.figures import memorization
from rote.tables.data import LABELS, images
from rote.tables.memorization import CONVERGENCE, CORRUPTION, PRECISIONS, SCORES

N = 60
RANDOM = np.random.default_rng(0)
SCORE = np.concatenate([np.linspace(0, 0.5, N - 5), np.linspace(0.9, 1, 5)])


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Tables of a small estimate, whose five most memorized examples have corrupted labels; figures stay open."""
    shown = []
    monkeypatch.setattr(memorization, "save", lambda figure, *paths: shown.append(figure))
    names = ("scores", "labels", "corruption", "train", "convergence", "precisions")
    paths = {name: tmp_path / f"{name}.parquet" for name in names}
    true = np.arange(N) % 10
    given = np.where(np.arange(N) >= N - 5, (true + 1) % 10, true)
    numbers = {"example": np.arange(N, dtype=np.int32), "score": SCORE, "standard_error": np.full(N, 0.05)}
    tables.write(
        paths["scores"],
        SCORES,
        {**numbers, "p_in": np.ones(N), "p_out": 1 - SCORE, "n_in": np.full(N, 7), "n_out": np.full(N, 3)},
        {},
    )
    tables.write(
        paths["labels"],
        LABELS,
        {
            "example": np.arange(N),
            "true_label": true.astype(np.int16),
            "train_label": given.astype(np.int16),
            "permuted": true != given,
        },
        {},
    )
    area = {"area_under_curve": [0.95], "standard_error": [0.01], "corrupted": [5], "correct": [N - 5]}
    tables.write(paths["corruption"], CORRUPTION, area, {})
    pixels = [bytes([number] * 16) for number in range(N)]
    tables.write(
        paths["train"],
        images((4, 4, 1)),
        {"example": np.arange(N), "image": pixels, "true_label": true.astype(np.int16)},
        {"dataset": {"shape": [4, 4, 1]}},
    )
    rows = {column.name: [0.5, 0.7, 0.4] for column in CONVERGENCE.columns}
    rows |= {"trials": [4, 8, 4], "reference_trials": [8, 8, 4], "examples": [N] * 3}
    rows |= {"reference": ["all_trials", "all_trials", "independent_half"], "difference": [0.1, 0.0, 0.2]}
    tables.write(paths["convergence"], CONVERGENCE, rows, {})
    needed = {"wanted_error": [0.1, 0.05], "trials_needed": [26, 1010], "trials_needed_at_most": [120, 4770]}
    tables.write(paths["precisions"], PRECISIONS, needed, {})
    yield paths, shown
    plt.close("all")


def test_the_histogram_tells_corrupted_labels_apart_and_names_the_area(made):
    paths, shown = made
    memorization.plot_scores(paths["scores"], paths["labels"], paths["corruption"], title="Trials")
    (axes,) = shown[0].axes
    assert "0.950 ± 0.010" in axes.get_title()
    assert [text.get_text() for text in axes.get_legend().texts] == [
        "correct label: 55, mean 0.25",
        "corrupted label: 5, mean 0.95",
    ]


def test_the_most_memorized_examples_come_first_and_name_both_labels(made):
    paths, shown = made
    memorization.plot_examples(paths["scores"], paths["labels"], paths["train"], title="Trials")
    pictures = [axes for axes in shown[0].get_axes() if axes.images]
    first, typical = pictures[0], pictures[20]
    assert first.images[0].get_array()[0, 0] == N - 1
    assert first.get_title() == f"1.00 ± 0.05\n{N % 10} (is {(N - 1) % 10})"
    assert typical.images[0].get_array()[0, 0] == 0


def test_convergence_leaves_out_the_difference_of_all_trials_from_themselves(made):
    paths, shown = made
    memorization.plot_convergence(paths["convergence"], paths["precisions"], title="Trials")
    _, right = shown[0].axes
    drawn = [line for line in right.lines if line.get_label() == "difference from all trials"]
    assert drawn[0].get_xdata().tolist() == [4]


def test_convergence_names_the_trials_that_each_wanted_precision_takes(made):
    paths, shown = made
    memorization.plot_convergence(paths["convergence"], paths["precisions"], title="Trials")
    assert shown[0].get_suptitle() == "Trials\ntrials that a typical standard error takes: 26 for 0.1, 1,010 for 0.05"
