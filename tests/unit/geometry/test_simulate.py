"""Simulated capacity of a run's manifolds, from tables to a table."""

import numpy as np
import pytest
import torch

from rote import tables
from rote.errors import ConfigError, DataError
from rote.geometry import simulate
from rote.geometry.empirical import empirical_capacity
from rote.geometry.simulate import in_their_span, simulate_capacity
from rote.job import Job
from rote.models.taps import representations
from rote.representations.manifold_blocks import load_manifolds
from rote.tables.simulation import SIMULATED_CAPACITIES
from rote.tables.training import HISTORY
from rote.training.inputs import Normalisation
from tests.unit.representations.test_manifolds import MLP, write_study
from tests.unit.small_tables import write_checkpoints

JOB = Job(3, "run")
HOW = {"epochs": ["first", "last"], "n_dichotomies": 8, "taps": ["relu_1", "relu_2"]}


def simulated(folder, **options):
    rows = [(epoch, "test", 80, 2.0, error, 0.1) for epoch, error in ((0, 0.9), (1, 0.5))]
    names = [column.name for column in HISTORY.columns]
    tables.write(folder / "history.parquet", HISTORY, dict(zip(names, zip(*rows, strict=True), strict=True)), {})
    simulate_capacity(
        checkpoints=folder / "checkpoints.parquet",
        history=folder / "history.parquet",
        images=[folder / "train.parquet", folder / "test.parquet"],
        drawn=folder / "drawn.parquet",
        output=folder / "simulation.parquet",
        how=HOW | options,
        job=JOB,
    )
    return tables.read(folder / "simulation.parquet", SIMULATED_CAPACITIES).to_pandas()


def test_every_row_is_the_simulation_of_the_features_themselves(tmp_path):
    pixels, networks = write_study(tmp_path)
    found = simulated(tmp_path)
    groups = {group.group: group for group in load_manifolds(tmp_path / "drawn.parquet") if not group.shuffled}
    assert len(found) == 2 * 2 * len(groups)
    for row in found.itertuples():
        examples = groups[row.group].examples
        inputs = Normalisation([0.5], [0.3], torch.device("cpu"))(torch.from_numpy(pixels[examples.ravel()]))
        features = representations(networks[row.epoch], inputs, [row.tap])[row.tap]
        same = empirical_capacity(
            features.numpy(),
            np.repeat(np.arange(4), examples.shape[1]),
            n_dichotomies=8,
            remove_mean=True,
            random_state=JOB.seed_sequence("simulated capacity"),
        )
        assert (row.capacity, row.low) == pytest.approx((same.capacity, same.low), nan_ok=True)
        assert row.beyond == (same.critical_dimensions > 12).sum()
        assert (row.n_manifolds, row.images_per_class, row.n_features, row.dichotomies) == (4, 7, 12, 8)


@pytest.mark.parametrize("rank", [3, 9])
def test_points_in_their_span_have_the_same_inner_products_in_fewer_numbers(rank):
    random = torch.Generator().manual_seed(0)
    points = torch.randn(9, rank, generator=random) @ torch.randn(rank, 5000, generator=random)
    spanned = in_their_span(points.double())
    assert spanned.shape == (9, rank)
    assert spanned @ spanned.T == pytest.approx((points.double() @ points.double().T).numpy(), rel=1e-5)


def test_fewer_features_than_points_are_given_as_they_are():
    points = torch.arange(12.0).reshape(4, 3)
    assert in_their_span(points).tolist() == points.tolist()


def test_a_killed_job_simulates_only_what_is_missing_and_ends_with_the_same_bytes(tmp_path, monkeypatch):
    write_study(tmp_path)
    simulated(tmp_path)
    path = tmp_path / "simulation.parquet"
    whole = path.read_bytes()
    path.unlink()
    made, of_one = [], simulate._simulated

    def noted(*given):
        if len(made) == 5:
            raise KeyboardInterrupt
        made.append(given)
        return of_one(*given)

    monkeypatch.setattr(simulate, "_simulated", noted)
    with pytest.raises(KeyboardInterrupt):
        simulated(tmp_path)
    n_missing = 2 * 2 * 4 - 5
    made.clear()
    monkeypatch.setattr(simulate, "_simulated", lambda *given: made.append(given) or of_one(*given))
    simulated(tmp_path)
    assert len(made) == n_missing
    assert path.read_bytes() == whole


def test_features_that_are_the_same_for_all_images_have_no_capacity(tmp_path):
    _, (model, _) = write_study(tmp_path)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    write_checkpoints(tmp_path, {0: model, 1: model}, architecture=MLP)
    found = simulated(tmp_path)
    assert found["capacity"].isna().all()
    assert (found["undecided"] == 0).all()


def test_a_diverged_network_and_an_unknown_tap_are_told(tmp_path):
    _, (model, _) = write_study(tmp_path)
    with pytest.raises(ConfigError, match="relu_9"):
        simulated(tmp_path, taps=["relu_9"])
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    write_checkpoints(tmp_path, {0: model, 1: model}, architecture=MLP)
    with pytest.raises(DataError, match="tap relu_1, unpermuted images: a representation holds a NaN"):
        simulated(tmp_path)
