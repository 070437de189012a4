import numpy as np
import pytest
import torch

from rote.models.cuts import front, tail
from rote.models.taps import representations
from rote.similarity.cka import linear_cka
from rote.stitching.similarity import similarity_behind, taps_behind
from rote.stitching.stitched import stitch_networks
from tests.unit.stitching.small_stitching import RECIPE, SEEDS, TEST, TRAINING, resnet


@pytest.fixture(scope="module")
def stitched():
    clean, noisy = resnet(1), resnet(2)
    fronts = {"clean": clean, "own": noisy}
    return clean, noisy, stitch_networks(fronts, noisy, "stage_2", TRAINING, TEST, recipe=RECIPE, seeds=SEEDS)


def test_a_network_is_exactly_like_itself_behind_the_cut(stitched):
    clean, _, _ = stitched
    (one,) = stitch_networks({"own": clean}, clean, "stage_2", TRAINING, TEST, recipe=RECIPE, seeds=SEEDS)
    with torch.no_grad():
        one.stitch.weight.copy_(torch.eye(8))
        one.stitch.bias.zero_()
    found = similarity_behind([one], clean, "stage_2", TEST)
    assert list(found) == ["stage_3", "stage_4", "fully_connected"] == list(taps_behind(clean, "stage_2"))
    assert np.array([*found.values()]) == pytest.approx(1, abs=1e-12)


def test_similarities_are_unbiased_cka_of_the_layer_s_outputs(stitched):
    clean, noisy, both = stitched
    found = similarity_behind(both, clean, "stage_2", TEST)
    images = clean.normalisation(TEST.images)
    expected = representations(clean.model, images)
    with torch.no_grad():
        for place, network in enumerate((clean, noisy)):
            activation = both[place].stitch(front(network.model, "stage_2")(images))
            logits = tail(noisy.model, "stage_2")(activation)
            cka = linear_cka(logits, expected["fully_connected"], estimator="unbiased")
            assert found["fully_connected"][place] == pytest.approx(cka, abs=1e-9)


def test_batches_are_averaged_and_a_cut_that_is_no_tap_has_no_layers_to_compare(stitched, monkeypatch):
    clean, _, both = stitched
    whole = similarity_behind(both, clean, "stage_2", TEST)["stage_4"]
    monkeypatch.setattr("rote.stitching.similarity.BATCH", 20)
    halves = similarity_behind(both, clean, "stage_2", TEST)["stage_4"]
    assert not np.array_equal(whole, halves)
    assert halves == pytest.approx(whole, abs=0.3)
    assert taps_behind(clean, "stage_2_block_1") == ()
