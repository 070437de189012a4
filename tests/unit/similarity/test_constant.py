"""Runs of one checkpoint, and layers that are constant at some epochs or at all: estimators and figures cope."""

import numpy as np
import pytest
import torch

from rote import tables
from rote.config.training_dynamics import Transitions
from rote.figures import training_dynamics as figures
from rote.figures.style import save
from rote.job import Job
from rote.similarity.averaging import BATCHES
from rote.similarity.chance import measure_chance
from rote.similarity.cka import ESTIMATORS
from rote.similarity.compare import compare_epochs
from rote.similarity.evolution import measure_evolution
from rote.similarity.initialisation import compare_initialisations
from rote.similarity.transitions import find_transitions
from rote.tables.dynamics import (
    CHANCE_CKA,
    EPOCH_CKA,
    EVOLUTION,
    INITIALISATION_CKA,
    TRANSITION_NUMBERS,
    TRANSITIONS,
)
from rote.tables.frames import gather
from rote.tables.maps import gather_maps
from rote.tables.training import HISTORY

ALL = [0, 1, 2, 3, 5, 8, 13]
SCHEMAS = {
    "map": EPOCH_CKA,
    "chance": CHANCE_CKA,
    "initialisation": INITIALISATION_CKA,
    "evolution": EVOLUTION,
    "transitions": TRANSITIONS,
    "numbers": TRANSITION_NUMBERS,
}
CASES = {  # epochs of the run, and those at which its one tap has a CKA
    "one checkpoint": ([0], [0]),
    "one checkpoint, constant": ([0], []),
    "constant after epoch 0": (ALL, [0]),
    "constant before training": (ALL, ALL[1:]),
    "constant in between": (ALL, [0, 1, 8, 13]),
    "constant throughout": (ALL, []),
}


def measured(manifest, folder, estimator="biased", batches="mean_of_cka"):
    """All tables of one run's dynamics, by name."""
    how = {"estimator": estimator, "batches": batches, "job": Job(0, "r")}
    paths = {name: folder / f"{name}.parquet" for name in SCHEMAS}
    compare_epochs(manifest, paths["map"], **how)
    compare_initialisations(manifest, paths["initialisation"], **how)
    measure_chance(manifest, paths["chance"], **how)
    measure_evolution(manifest, paths["evolution"], **how)
    find_transitions(manifest, paths["transitions"], paths["numbers"], options=Transitions(samples=5), **how)
    return paths


def drawn(paths, epochs, folder):
    """Every figure of a run's dynamics, and their number of bytes."""
    n = len(epochs)
    rows = {"epoch": epochs, "subset": ["train"] * n, "examples": [9] * n, "loss": [1.0] * n}
    rows |= {"error": [0.9] * n, "standard_error": [0.1] * n}
    tables.write(folder / "history.parquet", HISTORY, rows, {"wildcards": {"run": "r"}})
    history = gather(folder / "history.parquet", HISTORY, ["run"])
    chance, initialisation, evolution, transitions = (
        gather(paths[name], SCHEMAS[name]).assign(run="r")
        for name in ("chance", "initialisation", "evolution", "transitions")
    )
    named = {"titles": {"r": "_run"}, "title": "Runs"}
    figure_of = {
        "errors": figures.plot_errors(history, title="A run"),
        "maps": figures.plot_epoch_cka(gather_maps(paths["map"]), chance, history, transitions, title="A run"),
        "random": figures.plot_initialisation(initialisation, chance, history, title="A run"),
        "comparison": figures.plot_comparison(history, transitions, **named),
        "evolution": figures.plot_evolution(history, evolution, **named),
    }
    for name, figure in figure_of.items():
        save(figure, folder / f"{name}.png")
    return [(folder / f"{name}.png").stat().st_size for name in figure_of]


@pytest.fixture(params=CASES)
def case(request, stored, walk):
    """Manifest of a run, its epochs and those that have a CKA."""
    epochs, alive = CASES[request.param]
    networks = [
        network if epoch in alive else torch.full_like(network, 3.0)
        for epoch, network in zip(epochs, walk(len(epochs), 2, 16, 40), strict=True)
    ]
    unrelated = {"tap": walk(1, 2, 16, 40, seed=3)}
    return stored({"tap": networks}, epochs, unrelated), epochs, alive


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("batches", BATCHES)
def test_a_map_has_every_pair_of_epochs_with_a_cka_and_marks_the_others(case, tmp_path, estimator, batches):
    manifest, epochs, alive = case
    paths = measured(manifest, tmp_path, estimator, batches)
    table = tables.read(paths["map"], EPOCH_CKA).to_pandas()
    whole = table.dropna(subset="cka")
    pairs = {(one, other) for one in alive for other in alive if one <= other}
    assert set(zip(whole["epoch"], whole["other_epoch"], strict=True)) == pairs
    assert np.isfinite(whole["cka"]).all()
    assert len(whole) == len(pairs)
    marked = table[table["cka"].isna()]
    assert marked["epoch"].tolist() == marked["other_epoch"].tolist() == [e for e in epochs if e not in alive]


def test_chance_has_a_row_for_every_epoch_of_its_grid_null_without_a_cka(case, tmp_path):
    manifest, epochs, alive = case
    table = tables.read(measured(manifest, tmp_path)["chance"], CHANCE_CKA).to_pandas()
    assert {0, epochs[-1]} <= set(table["epoch"]) <= set(epochs)
    assert table["cka"].notna().tolist() == table["epoch"].isin(alive).tolist()


def test_a_tap_with_fewer_than_two_epochs_has_one_row_of_transitions_without_support_and_no_numbers(case, tmp_path):
    manifest, _, alive = case
    paths = measured(manifest, tmp_path)
    rows = tables.read(paths["transitions"], TRANSITIONS).to_pylist()
    assert (rows[0]["support"] is None) == (len(alive) < 2)
    assert (len(tables.read(paths["numbers"], TRANSITION_NUMBERS)) == 0) == (len(alive) < 2)
    assert {row["tap"] for row in rows} == {"tap"}


def test_every_figure_is_drawn(case, tmp_path):
    manifest, epochs, _ = case
    assert min(drawn(measured(manifest, tmp_path), epochs, tmp_path)) > 0


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("batches", BATCHES)
def test_epochs_at_which_one_image_alone_excites_a_layer_say_nothing_of_transitions(
    stored, walk, tmp_path, estimator, batches
):
    networks = walk(len(ALL), 2, 16, 40)
    for network in networks[2:4]:
        network[:, 1:] = 0
    paths = measured(stored({"tap": networks}, ALL), tmp_path, estimator, batches)
    assert tables.read(paths["transitions"], TRANSITIONS)["support"].null_count == 0
    assert min(drawn(paths, ALL, tmp_path)) > 0


def test_a_run_that_never_changes_is_drawn(stored, walk, tmp_path):
    paths = measured(stored({"tap": walk(1, 2, 16, 40) * len(ALL)}, ALL), tmp_path)
    assert min(drawn(paths, ALL, tmp_path)) > 0
