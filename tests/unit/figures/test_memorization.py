import numpy as np
import pytest

from rote import tables
from rote.figures import memorization
from rote.tables.data import LABELS
from rote.tables.frames import gather
from rote.tables.memorization import CONVERGENCE, CORRUPTION, PRECISIONS, SCORES

N = 60
RANDOM = np.random.default_rng(0)
SCORE = np.concatenate([np.linspace(0, 0.5, N - 5), np.linspace(0.9, 1, 5)])


@pytest.fixture
def made(tmp_path):
    """Tables of a small estimate, whose five most memorized examples have corrupted labels, as data frames."""
    schemas = {"scores": SCORES, "labels": LABELS, "corruption": CORRUPTION}
    schemas |= {"convergence": CONVERGENCE, "precisions": PRECISIONS}
    paths = {name: tmp_path / f"{name}.parquet" for name in schemas}
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
    rows = {column.name: [0.5, 0.7, 0.4] for column in CONVERGENCE.columns}
    rows |= {"trials": [4, 8, 4], "reference_trials": [8, 8, 4], "examples": [N] * 3}
    rows |= {"reference": ["all_trials", "all_trials", "independent_half"], "difference": [0.1, 0.0, 0.2]}
    tables.write(paths["convergence"], CONVERGENCE, rows, {})
    needed = {"wanted_error": [0.1, 0.05], "trials_needed": [26, 1010], "trials_needed_at_most": [120, 4770]}
    tables.write(paths["precisions"], PRECISIONS, needed, {})
    return {name: gather(paths[name], schema) for name, schema in schemas.items()}


def test_the_histogram_tells_corrupted_labels_apart_and_names_the_area(made):
    figure = memorization.plot_scores(made["scores"], made["labels"], made["corruption"], title="Trials")
    (axes,) = figure.axes
    assert "0.950 ± 0.010" in axes.get_title()
    assert [text.get_text() for text in axes.get_legend().texts] == [
        "correct label: 55, mean 0.25",
        "corrupted label: 5, mean 0.95",
    ]


def test_the_most_memorized_examples_come_first_and_name_both_labels(made):
    examples = memorization.examples_at_both_ends(made["scores"], made["labels"])
    images = {number: np.full((4, 4, 1), number, np.uint8) for number in examples.index}
    pictures = [axes for axes in memorization.plot_examples(examples, images, title="Trials").axes if axes.images]
    assert len(pictures) == 40
    first, typical = pictures[0], pictures[20]
    assert first.images[0].get_array()[0, 0] == N - 1
    assert first.get_title() == f"1.00 ± 0.05\n{N % 10} (is {(N - 1) % 10})"
    assert typical.images[0].get_array()[0, 0] == 0


def test_typical_examples_are_those_nearest_to_0_of_which_certain_ones_come_first(made):
    scores = made["scores"].assign(standard_error=np.where(np.arange(N) == 3, 0.0, 0.05))
    examples = memorization.examples_at_both_ends(scores, made["labels"], number=2)
    assert examples["kind"].tolist() == ["most memorized"] * 2 + ["typical"] * 2
    assert examples.index.tolist() == [N - 1, N - 2, 3, 0]


def test_few_examples_leave_places_empty_and_colours_are_kept(made):
    examples = memorization.examples_at_both_ends(made["scores"], made["labels"], number=3)
    images = {number: np.full((4, 4, 3), number, np.uint8) for number in examples.index}
    pictures = [axes for axes in memorization.plot_examples(examples, images, title="Trials").axes if axes.images]
    assert [axes.images[0].get_array().shape for axes in pictures] == [(4, 4, 3)] * 6


def test_an_area_that_is_not_defined_is_not_named(made):
    corruption = made["corruption"].assign(area_under_curve=np.nan, standard_error=np.nan)
    (axes,) = memorization.plot_scores(made["scores"], made["labels"], corruption, title="Trials").axes
    assert axes.get_title() == "Trials"


def test_convergence_leaves_out_the_difference_of_all_trials_from_themselves(made):
    figure = memorization.plot_convergence(made["convergence"], made["precisions"], title="Trials")
    _, right = figure.axes
    drawn = [line for line in right.lines if line.get_label() == "difference from all trials"]
    assert drawn[0].get_xdata().tolist() == [4]


def test_convergence_names_the_trials_that_each_wanted_precision_takes(made):
    figure = memorization.plot_convergence(made["convergence"], made["precisions"], title="Trials")
    assert figure.get_suptitle() == "Trials\ntrials that a typical standard error takes: 26 for 0.1, 1,010 for 0.05"
