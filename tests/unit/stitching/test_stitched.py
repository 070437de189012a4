from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from rote.errors import ConfigError, TrainingError
from rote.models.cuts import cut_names, front, tail
from rote.stitching import stitched
from rote.stitching.kept import IN_MEMORY, KeptActivations, Room
from rote.stitching.least_squares import Moments, as_samples
from rote.stitching.recipe import StitchRecipe
from rote.stitching.stitch import make_stitch, starting_map
from rote.stitching.stitched import own_predictions, stitch_networks
from tests.unit.models.conftest import CASES
from tests.unit.stitching.small_stitching import RECIPE, SEEDS, TEST, TRAINING, opened, resnet

ARCHITECTURES = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: "-".join(map(str, (case[0], *case[1].values())))
)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def stitches(fronts, into, cut="stage_2", recipe=RECIPE, room=IN_MEMORY, **how):
    recipe = replace(recipe, **how)
    return stitch_networks(fronts, into, cut, TRAINING, TEST, recipe=recipe, seeds=SEEDS, room=room)


def moments_at(network, into, cut):
    found = Moments()
    with torch.no_grad():
        x, y = (front(one.model, cut)(one.normalisation(TRAINING.images)) for one in (network, into))
    found.add(as_samples(x), as_samples(y))
    return found


@ARCHITECTURES
def test_a_network_stitched_to_itself_by_the_identity_is_itself_bit_for_bit_at_every_cut(case):
    network = opened(*case, seed=1)
    images = network.normalisation(TEST.images)
    with torch.no_grad():
        whole = network.model(images)
        for cut in cut_names(network.model):
            activation = front(network.model, cut)(images)
            moments = moments_at(network, network, cut)
            stitch = make_stitch("frankenstein", starting_map("identity", moments, SEEDS), moments)
            assert torch.equal(tail(network.model, cut)(stitch(activation)), whole), cut


@ARCHITECTURES
def test_every_architecture_is_stitched_at_every_cut_in_both_styles(case):
    first, second = opened(*case, seed=1), opened(*case, seed=2)
    brief = StitchRecipe.from_config({"steps": 1, "batch_size": 16})
    for style in ("frankenstein", "bansal"):
        for cut in cut_names(second.model)[:: 1 if style == "frankenstein" else 4]:
            own, other = stitches({"own": second, "other": first}, second, cut, recipe=brief, style=style)
            assert own.started.shape == other.trained.shape == (len(TEST),)
            assert np.isfinite(other.loss)
            if style == "frankenstein":
                assert (own.started == own_predictions(second, TEST)).all()
                assert own.start == "identity"


@pytest.mark.parametrize("cut", ["first_convolution", "stage_2", "stage_4"])
def test_least_squares_bring_a_front_to_its_own_tail_by_the_identity(cut):
    network = resnet(1)
    affine = moments_at(network, network, cut).least_squares()
    alive = moments_at(network, network, cut).x_covariance.diagonal() > 0
    identity = torch.diag(alive.double())
    assert (affine.weight - identity).abs().max() <= 3e-7
    (one,) = stitches({"own": network}, network, cut)
    assert one.r_squared == pytest.approx(1, abs=1e-9)


def test_frozen_halves_keep_every_buffer_and_every_weight_byte_for_byte():
    first, second = resnet(1), resnet(2)
    before = [deepcopy(one.model.state_dict()) for one in (first, second)]
    (one,) = stitches({"first": first}, second)
    assert not one.statistics_moved
    for network, state in zip((first, second), before, strict=True):
        for name, tensor in network.model.state_dict().items():
            assert tensor.numpy().tobytes() == state[name].numpy().tobytes(), name
        assert all(parameter.requires_grad and parameter.grad is None for parameter in network.model.parameters())
        assert not any(module.training for module in network.model.modules())


def test_in_training_mode_the_statistics_of_copies_move_and_the_networks_stay_as_they_are():
    first, second = resnet(1), resnet(2)
    before = [deepcopy(one.model.state_dict()) for one in (first, second)]
    (one,) = stitches({"first": first}, second, style="bansal")
    assert one.statistics_moved
    for network, state in zip((first, second), before, strict=True):
        assert all(torch.equal(tensor, state[name]) for name, tensor in network.model.state_dict().items())


def test_without_batch_norm_no_statistics_move_in_training_mode_either():
    networks = [opened("mlp", {"depth": 2, "width": 8}, seed) for seed in (1, 2)]
    (one,) = stitches({"first": networks[0]}, networks[1], "layer_1", style="bansal")
    assert not one.statistics_moved


@pytest.mark.parametrize("start", ["least_squares", "identity", "random"])
@pytest.mark.parametrize("cut", ["stage_2", "fully_connected"])
def test_a_stitch_between_batch_norms_starts_as_the_map_alone(start, cut):
    moments = moments_at(resnet(1), resnet(2), cut)
    x = front(resnet(1).model, cut)(resnet(1).normalisation(TEST.images)).detach()
    affine = starting_map(start, moments, SEEDS)
    plain, normed = (make_stitch(style, affine, moments).eval() for style in ("frankenstein", "bansal"))
    assert torch.allclose(normed(x), plain(x), rtol=0, atol=1e-4 * float(plain(x).detach().abs().max()))


def test_the_gradient_of_the_loss_reaches_the_stitch_through_the_tail():
    first, second = resnet(1), resnet(2)
    moments = moments_at(first, second, "stage_2")
    stitch = make_stitch("frankenstein", starting_map("random", moments, SEEDS), moments)
    x = front(first.model, "stage_2")(first.normalisation(TEST.images)).detach()

    def loss():
        return torch.nn.functional.cross_entropy(tail(second.model, "stage_2")(stitch(x)), TEST.true_labels)

    loss().backward()
    step, direction = 1e-3, torch.randn_like(stitch.bias, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        stitch.bias += step * direction
        above = loss()
        stitch.bias -= 2 * step * direction
        change = (above - loss()) / (2 * step)
    assert float(change) == pytest.approx(float(stitch.bias.grad @ direction), rel=0.02)


def test_training_lowers_the_loss_of_true_labels():
    first, second = resnet(1), resnet(2)
    losses = [
        stitches(
            {"first": first},
            second,
            start="random",
            recipe=StitchRecipe.from_config(
                {"optimizer": {"name": "adam", "learning_rate": 0.02}, "steps": steps, "batch_size": 48}
            ),
        )[0].loss
        for steps in (1, 60)
    ]
    assert losses[1] < 0.9 * losses[0]


def test_stitches_that_share_a_tail_are_those_trained_one_by_one():
    fronts, into = {"first": resnet(1), "second": resnet(3)}, resnet(2)
    together = stitches(fronts, into)
    for one in together:
        (alone,) = stitches({one.front: fronts[one.front]}, into)
        for name, parameter in one.stitch.named_parameters():
            assert torch.allclose(parameter, dict(alone.stitch.named_parameters())[name], rtol=0, atol=1e-4)
        assert alone.r_squared == one.r_squared


def test_activations_in_a_file_change_nothing(tmp_path):
    first, second = resnet(1), resnet(2)
    (inside,), (outside,) = (stitches({"first": first}, second, room=Room(memory, tmp_path)) for memory in (1 << 30, 0))
    assert torch.equal(inside.stitch.weight, outside.stitch.weight)
    assert list(tmp_path.iterdir()) == []


def test_a_layer_that_works_in_place_leaves_what_is_kept_as_it_was():
    """Complaint: a ReLU in place overwrote a recorded activation (thingsvision 44, captum 156)."""
    first, second = opened("resnet", {"depth": 18, "width": 8}, 1), opened("resnet", {"depth": 18, "width": 8}, 2)
    cut = next(iter(second.model.segments()))
    with torch.no_grad():
        expected = front(first.model, cut)(first.normalisation(TRAINING.images))
    kept = KeptActivations(len(TRAINING), IN_MEMORY)
    stitched._moments({"first": first}, second, cut, TRAINING, {"first": kept})
    tail(second.model, cut)(kept[torch.arange(len(TRAINING))])
    assert torch.equal(kept[torch.arange(len(TRAINING))], expected)


def test_activations_in_memory_are_bounded_when_examples_grow_tenfold():
    """Complaint: channels × height × width of all examples do not fit (thingsvision 74)."""
    for n in (10, 100):
        with KeptActivations(n, Room(10 * 64 * 4)) as kept:
            for _ in range(n // 10):
                kept.append(torch.zeros(10, 64))
            assert kept.in_file == (n == 100)


def test_representations_that_differ_in_more_than_channels_are_refused():
    narrow, other = resnet(1), opened("preactivation_resnet18", {"width": 8}, 2)
    assert stitches({"narrow": narrow}, other)[0].stitch.weight.shape == (16, 8)
    with pytest.raises(ConfigError, match="identity"):
        stitches({"narrow": narrow}, other, start="identity")
    flat = opened("mlp", {"depth": 2, "width": 8}, 1)
    convolutional = opened("plain_convolutional", {"width": 4}, 1)
    with pytest.raises(ConfigError, match="Only channels may differ"):
        stitches({"flat": flat}, convolutional, "layer_1")


def test_a_diverging_stitch_is_an_error():
    recipe = StitchRecipe.from_config({"optimizer": {"name": "sgd", "learning_rate": 1e38}, "steps": 5})
    with pytest.raises(TrainingError, match="not finite"):
        stitches({"first": resnet(1)}, resnet(2), "fully_connected", recipe=recipe)
