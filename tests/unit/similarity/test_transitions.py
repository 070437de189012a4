from itertools import combinations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rote import tables
from rote.config.training_dynamics import Transitions
from rote.errors import DataError
from rote.job import Job
from rote.similarity import rows
from rote.similarity.averaging import BATCHES
from rote.similarity.cka import ESTIMATORS
from rote.similarity.epoch_cka import epoch_cka
from rote.similarity.log_epoch import even_grid, log_epoch
from rote.similarity.segmentation import SHORTEST, scatters, segmentations
from rote.similarity.transitions import find_transitions, resampled_maps, stationary_drift, transitions
from rote.tables.dynamics import TRANSITION_NUMBERS, TRANSITIONS

PLACES = np.linspace(0, 3.2, 48)


def kernel(points):
    """Gram matrix of random points in `points` dimensions, of ones on the diagonal."""
    return points @ points.T / np.linalg.norm(points, axis=1)[:, None] / np.linalg.norm(points, axis=1)


def from_speed(speed, places=PLACES):
    """Map exp(−distance) along a path travelled at a given speed per unit of log-epoch."""
    path = np.concatenate([[0], np.cumsum(speed[:-1] * np.diff(places))])
    return np.exp(-np.abs(path[:, None] - path))


def noisy(similarity, deviation, count, seed=0):
    """Symmetric copies with independent noise beside the diagonal."""
    noise = np.random.default_rng(seed).normal(0, deviation, (count, *similarity.shape))
    return similarity + np.triu(noise, 1) + np.triu(noise, 1).transpose(0, 2, 1)


def blocks(*lengths):
    label = np.repeat(np.arange(len(lengths)), lengths)
    return (label[:, None] == label).astype(float)


def halves(n_samples, n_batches, n):
    """Half of every batch of n images, so many times."""
    places = np.tile(np.arange(n), (n_samples, n_batches, 1))
    return np.random.default_rng(0).permuted(places, axis=-1)[..., : n // 2]


@pytest.mark.parametrize("batches", BATCHES)
def test_maps_of_half_samples_are_undefined_for_a_network_that_is_constant_on_them_and_for_no_other(
    stored, walk, batches
):
    networks = walk(3, 2, 16, 40)
    networks[1][1, 1:] = 0
    maps = resampled_maps(
        rows.load(stored({"tap": networks}), "tap"), halves(20, 2, 16), estimator="biased", batches=batches
    )
    undefined = np.isnan(maps)
    assert 0 < undefined[:, 1, 1].sum() < 20  # where the one image is in the other half
    assert (undefined[:, 1] == undefined[:, 1, :1]).all()
    assert not undefined[:, [0, 0, 2, 2], [0, 2, 0, 2]].any()


@settings(max_examples=40)
@given(size=st.integers(4, 9), seed=st.integers(0, 10_000))
def test_dynamic_programming_finds_what_trying_everything_finds(size, seed):
    similarity = kernel(np.random.default_rng(seed).normal(size=(size, 3)))
    most = size // SHORTEST - 1
    total, boundaries = segmentations(scatters(similarity), most)

    def cost(cuts):
        parts = np.split(np.arange(size), cuts)
        if min(map(len, parts)) < SHORTEST:
            return np.inf
        return sum(np.trace(k) - k.sum() / len(k) for k in (similarity[np.ix_(part, part)] for part in parts))

    for number in range(most + 1):
        every = [list(cuts) for cuts in combinations(range(1, size), number)]
        assert total[number] == pytest.approx(min(map(cost, every)), abs=1e-9)
        assert cost(boundaries[number]) == pytest.approx(total[number], abs=1e-9)


def test_scatter_is_the_squared_distance_from_the_mean():
    points = np.random.default_rng(0).normal(size=(7, 4))
    part = points[2:6]
    assert scatters(points @ points.T)[2, 6] == pytest.approx(((part - part.mean(0)) ** 2).sum())


@pytest.mark.parametrize("lengths", [(20, 28), (10, 20, 18), (12, 12, 12, 12)])
def test_planted_blocks_are_found_exactly(lengths):
    similarity = 0.2 + 0.8 * blocks(*lengths)
    found = transitions(similarity, noisy(similarity, 0.01, 20), PLACES)
    planted = np.cumsum(lengths)[:-1]
    assert found.boundaries.tolist() == planted.tolist()
    assert found.low.tolist() == found.high.tolist() == planted.tolist()
    assert (found.support == 1).all()
    assert (found.gain > found.null_gain).all()


def test_a_map_and_its_noise_are_cut_where_it_was_planted_by_most_subsamples():
    similarity = noisy(0.5 + 0.3 * blocks(20, 28), 0.1, 1)[0]
    found = transitions(similarity, noisy(similarity, 0.1, 50, seed=1), PLACES)
    assert len(found.boundaries) == 1
    assert found.low[0] <= 20 <= found.high[0]


@pytest.mark.parametrize(
    "speed",
    [np.ones(48), np.linspace(1, 2, 48), np.geomspace(1, 4, 48), np.full(48, 0.05), np.zeros(48), np.full(48, 5.0)],
    ids=["steady", "twice as fast", "four times as fast", "slow", "still", "fast"],
)
def test_pure_drift_has_no_transition(speed):
    similarity = from_speed(speed)
    assert len(transitions(similarity, noisy(similarity, 0.003, 20), PLACES).boundaries) == 0


def test_noise_about_a_drift_is_seldom_taken_for_a_transition():
    drift = 0.3 + 0.7 * from_speed(np.full(48, 0.7))
    found = [
        len(transitions(noisy(drift, 0.1, 1, seed)[0], noisy(drift, 0.1, 30, seed + 1000), PLACES).boundaries)
        for seed in range(40)
    ]
    assert np.count_nonzero(found) <= 4


def test_two_bursts_of_change_in_a_drift_are_two_transitions():
    speed = np.full(48, 0.15)
    speed[[15, 35]] = 12
    similarity = from_speed(speed)
    assert transitions(similarity, noisy(similarity, 0.003, 20), PLACES).boundaries.tolist() == [16, 36]


def test_stationary_drift_is_a_toeplitz_matrix_with_the_mean_at_every_lag():
    similarity = kernel(np.random.default_rng(0).normal(size=(10, 3)))
    drift = stationary_drift(similarity, np.linspace(0, 1, 10))
    for lag in range(10):
        assert np.diagonal(drift, lag) == pytest.approx(np.full(10 - lag, np.diagonal(similarity, lag).mean()))
    assert drift.sum() == pytest.approx(similarity.sum())


def test_fewer_points_than_two_blocks_take_have_no_transition():
    similarity = from_speed(np.array([1.0, 9, 1]), PLACES[:3])
    assert len(transitions(similarity, noisy(similarity, 0.01, 5), PLACES[:3]).boundaries) == 0


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("batches", BATCHES)
def test_the_map_of_half_samples_is_the_map_of_their_features(stored, walk, estimator, batches, monkeypatch):
    """Gram matrices of half the images, centred again, serve as well as the features of that half."""
    networks = walk(4, 2, 24, 40)
    of_tap = rows.load(stored({"tap": networks}), "tap")
    chosen = halves(1, 2, 24)
    (found,) = resampled_maps(of_tap, chosen, estimator=estimator, batches=batches)
    kept = [torch.stack([network[b][chosen[0, b]] for b in range(2)]) for network in networks]
    direct = epoch_cka(rows.load(stored({"tap": kept}), "tap"), estimator=estimator, batches=batches)
    assert found == pytest.approx(direct.cka, abs=2e-6)


@pytest.fixture
def burst(stored):
    """Networks that drift slowly and change at epoch 30, and networks that drift."""
    random = np.random.default_rng(0)
    before, after, drift = random.normal(size=(3, 2, 40, 60))
    slow = random.normal(size=(2, 40, 60))
    epochs = np.unique(np.geomspace(1, 1000, 40).astype(int))
    angle = 0.1 * log_epoch(epochs)
    changed = [
        torch.tensor((before if epoch < 30 else after) + a * slow, dtype=torch.float32)
        for epoch, a in zip(epochs, angle, strict=True)
    ]
    angle = 0.4 * log_epoch(epochs)
    drifting = [torch.tensor(np.cos(a) * before + np.sin(a) * drift, dtype=torch.float32) for a in angle]
    return stored({"changed": changed, "drifting": drifting}, epochs), epochs


def test_tables_tell_where_each_tap_changes_and_that_another_does_not(burst, tmp_path):
    manifest, epochs = burst
    find_transitions(
        manifest, tmp_path / "t.parquet", tmp_path / "n.parquet", estimator="biased", batches="mean_of_cka",
        job=Job(0, "r"), options=Transitions(samples=20), perfect_fitting_epoch=77,
    )  # fmt: skip
    table = tables.read(tmp_path / "t.parquet", TRANSITIONS).to_pylist()
    assert [(row["tap"], row["transition_epoch"]) for row in table] == [
        ("changed", epochs[even_grid(epochs, 16)][epochs[even_grid(epochs, 16)] >= 30][0]),
        ("drifting", None),
    ]
    assert [row["support"] for row in table] == [1, 1]
    assert {row["perfect_fitting_epoch"] for row in table} == {77}
    numbers = tables.read(tmp_path / "n.parquet", TRANSITION_NUMBERS).to_pandas()
    assert numbers[numbers["chosen"]]["transitions"].tolist() == [1, 0]


def test_transitions_follow_from_the_seed(burst, tmp_path):
    manifest, _ = burst
    for name in "ab":
        find_transitions(
            manifest, tmp_path / f"{name}.parquet", tmp_path / f"n{name}.parquet", estimator="unbiased",
            batches="ratio_of_means", job=Job(0, "r"), options=Transitions(samples=5),
        )  # fmt: skip
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_too_few_images_are_refused(stored, walk, tmp_path):
    with pytest.raises(DataError, match="a batch has 4 images"):
        find_transitions(
            stored({"tap": walk(5, 1, 4, 40)}), tmp_path / "t.parquet", tmp_path / "n.parquet", estimator="unbiased",
            batches="mean_of_cka", job=Job(0, "r"),
        )  # fmt: skip
    assert not (tmp_path / "t.parquet").exists()
