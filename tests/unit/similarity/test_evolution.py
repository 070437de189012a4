import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.job import Job
from rote.similarity import rows
from rote.similarity.averaging import BATCHES
from rote.similarity.cka import ESTIMATORS
from rote.similarity.epoch_cka import epoch_cka
from rote.similarity.evolution import dissimilarity, measure_evolution, windows
from rote.similarity.log_epoch import cells, even_grid, log_epoch
from rote.tables.dynamics import EVOLUTION

EPOCHS = np.array([0, 1, 2, 3, 5, 8, 10, 20, 40])
ascending = st.lists(st.integers(0, 5000), min_size=2, max_size=60, unique=True).map(sorted).map(np.array)


def explicit(similarity, weights):
    """The mean over pairs of the module's formula."""
    pairs = [(e, f) for e in range(len(weights)) for f in range(len(weights)) if e != f]
    share = np.array([weights[e] * weights[f] for e, f in pairs])
    return (share * [1 - similarity[e, f] for e, f in pairs]).sum() / share.sum()


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("memory", [3000, 1 << 30])
def test_dissimilarity_is_the_weighted_mean_over_pairs_of_the_map(stored, walk, estimator, batches, memory):
    of_tap = rows.load(stored({"tap": walk(9, 3, 16, 40)}, EPOCHS), "tap")
    weights = np.array([cells(EPOCHS, *window) for window in windows(EPOCHS)[:-1]])
    similarity = epoch_cka(of_tap, estimator=estimator, batches=batches).cka
    mean, _ = dissimilarity(of_tap, weights, estimator=estimator, batches=batches, memory=memory)
    assert mean == pytest.approx([explicit(similarity, weight) for weight in weights], abs=2e-6)


@pytest.mark.parametrize("batches", BATCHES)
def test_its_standard_error_is_that_of_leaving_one_batch_out(stored, walk, batches, tmp_path):
    networks = walk(5, 4, 16, 40)
    weights = np.array([[0.1, 0.5, 0.3, 0.2, 0.7]])
    of_tap = rows.load(stored({"tap": networks}), "tap")
    _, standard_error = dissimilarity(of_tap, weights, estimator="biased", batches=batches)
    left_out = []
    for out in range(4):
        kept = [network[[b for b in range(4) if b != out]] for network in networks]
        of_kept = rows.load(stored({"tap": kept}), "tap")
        left_out.append(explicit(epoch_cka(of_kept, batches=batches).cka, weights[0]))
    assert standard_error[0] == pytest.approx(np.std(left_out) * 3**0.5, rel=1e-3)


def test_what_never_changes_does_not_evolve(stored, walk, tmp_path):
    manifest = stored({"tap": walk(1, 2, 16, 40) * 9}, EPOCHS)
    measure_evolution(
        manifest, tmp_path / "e.parquet", estimator="biased", batches="mean_of_cka", job=Job(),
    )  # fmt: skip
    table = tables.read(tmp_path / "e.parquet", EVOLUTION).to_pandas()
    assert table["dissimilarity"].abs().max() < 1e-6
    assert table["window_start"].tolist()[:2] == [0, 1]
    assert table["window_end"].tolist() == pytest.approx([1, 10**0.5, 10, 1000**0.5])  # epoch 40 alone beyond
    assert tables.provenance(tmp_path / "e.parquet")["estimator"] == "biased"


@given(ascending)
def test_cells_share_out_the_axis(epochs):
    places = log_epoch(epochs)
    lengths = cells(epochs, places[0], places[-1])
    assert (lengths >= 0).all()
    assert lengths.sum() == pytest.approx(places[-1] - places[0])
    halves = [cells(epochs, *half) for half in ((places[0], 1.0), (1.0, places[-1])) if half[0] <= half[1]]
    if len(halves) == 2:
        assert sum(halves) == pytest.approx(lengths)


def test_dense_and_sparse_checkpoints_of_one_drift_evolve_alike(stored):
    """A rotation by an angle proportional to log-epoch: how densely it is looked at hardly matters."""

    def at(epoch):
        angle = 0.4 * np.log10(max(epoch, 0.5))
        basis = np.random.default_rng(0).normal(size=(2, 24, 30))
        return torch.tensor(np.cos(angle) * basis[0] + np.sin(angle) * basis[1], dtype=torch.float32)[None]

    found = []
    for epochs in (np.arange(1, 101), np.array([*range(1, 10), *range(10, 101, 10)])):
        of_tap = rows.load(stored({"tap": [at(epoch) for epoch in epochs]}, epochs), "tap")
        found.append(dissimilarity(of_tap, cells(epochs, 0, 2)[None], estimator="unbiased", batches="mean_of_cka")[0])
    assert found[0] == pytest.approx(found[1], rel=0.05)


@given(ascending, st.integers(1, 40))
def test_the_even_grid_holds_both_ends_and_no_epoch_twice(epochs, per_decade):
    chosen = even_grid(epochs, per_decade)
    assert chosen[0] == 0
    assert chosen[-1] == len(epochs) - 1
    assert (np.diff(chosen) > 0).all()


def test_the_even_grid_takes_the_epoch_nearest_to_each_point():
    epochs = np.arange(4000)
    places = log_epoch(epochs)
    points = np.linspace(places[0], places[-1], round((places[-1] - places[0]) * 8) + 1)
    nearest = np.abs(places[:, None] - points).argmin(0)
    assert even_grid(epochs, 8).tolist() == np.unique(nearest).tolist()
