import itertools

import numpy as np
import pytest
import torch

from rote import tables
from rote.job import Job
from rote.representations.gram import gram
from rote.similarity import rows
from rote.similarity.averaging import BATCHES
from rote.similarity.chance import chance_cka, measure_chance
from rote.tables.dynamics import CHANCE_CKA

CPU = torch.device("cpu")


def expected(network):
    """Mean over all permutations, (tr K)² / ((n−1) ‖K‖²), averaged over batches."""
    matrices = [gram(batch.double()) for batch in network]
    return np.mean([float(k.trace() ** 2 / ((len(k) - 1) * k.square().sum())) for k in matrices])


@pytest.mark.parametrize("d", [2, 9])
def test_the_mean_over_all_permutations_is_the_known_one(stored, walk, d):
    networks = walk(2, 2, 6, d)
    everything = [np.array(order) for order in itertools.permutations(range(6))]
    of_tap = rows.load(stored({"tap": networks}), "tap")
    level = chance_cka(of_tap, everything, estimator="biased", batches="mean_of_cka", device=CPU).mean(1)
    assert level == pytest.approx([expected(network) for network in networks], abs=1e-6)
    level = chance_cka(of_tap, everything, estimator="unbiased", batches="mean_of_cka", device=CPU).mean(1)
    assert level == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("batches", BATCHES)
def test_without_permuting_a_representation_resembles_itself(stored, walk, batches):
    of_tap = rows.load(stored({"tap": walk(2, 3, 12, 30)}), "tap")
    level = chance_cka(of_tap, [np.arange(12)], estimator="unbiased", batches=batches, device=CPU)
    assert level == pytest.approx(np.ones((2, 1)), abs=1e-6)


def test_a_few_permutations_come_within_their_standard_error(stored, walk, tmp_path):
    networks = walk(3, 2, 24, 40)
    output = tmp_path / "chance.parquet"
    measure_chance(
        stored({"tap": networks}), output, estimator="biased", batches="mean_of_cka", job=Job(0, "r"), permutations=40,
    )  # fmt: skip
    table = tables.read(output, CHANCE_CKA).to_pandas()
    known = [expected(networks[epoch]) for epoch in table["epoch"]]
    assert (np.abs(table["cka"] - known) < 4 * table["standard_error"]).all()
