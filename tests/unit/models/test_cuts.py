from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from rote.errors import ConfigError
from rote.models.cuts import cut_names, front, tail
from rote.models.network import Network
from rote.models.taps import recording, tap_names

LAYOUTS = pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
GRADIENTS = pytest.mark.parametrize("gradients", [True, False], ids=["gradients", "no gradients"])
RESIDUAL_BLOCKS = {"BasicBlock", "Block", "Bottleneck", "EncoderBlock", "MixerBlock", "PreactivationBlock"}


class InPlace(Network):
    """A cut before a layer that works in place."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 3)
        self.relu = nn.ReLU(inplace=True)

    def segments(self):
        return {"convolution": self.convolution, "relu": self.relu}


@pytest.fixture
def moved(network):
    """The network in evaluation mode, no parameter of one dimension left where it started, and none all zero."""
    draw = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.ndim == 1 or not parameter.any():
                parameter += 0.1 * torch.randn(parameter.shape, generator=draw)
    return network.eval()


def gradients(network, loss):
    network.zero_grad()
    loss.backward()
    return {name: parameter.grad.clone() for name, parameter in network.named_parameters()}


def test_cut_points_go_from_the_images_to_the_logits(moved, images):
    first, *_, last = cut_names(moved)
    assert first == "input"
    assert front(moved, first)(images) is images
    assert torch.equal(front(moved, last)(images), moved(images))


@GRADIENTS
@LAYOUTS
def test_front_and_tail_are_the_network_bit_for_bit_at_every_cut(moved, images, layout, gradients):
    moved.to(memory_format=layout)
    images = images.to(memory_format=layout)
    with torch.set_grad_enabled(gradients):
        expected = moved(images)
        assert expected.any()
        for cut in cut_names(moved):
            assert torch.equal(tail(moved, cut)(front(moved, cut)(images)), expected), cut


def test_every_tap_of_the_architecture_is_a_cut_and_the_front_gives_what_the_tap_records(moved, images):
    taps = ["input", *tap_names(moved)]
    with torch.no_grad(), recording(moved, taps) as recorded:
        moved(images)
    with torch.no_grad():
        for tap in taps:
            assert torch.equal(front(moved, tap)(images), recorded[tap]), tap


def test_cut_points_stand_in_order_of_depth(moved, images):
    """Each is reached from the one before it, so that it is a function of it alone."""
    for shallow, deep in pairwise(cut_names(moved)):
        x = front(moved, shallow)(images)
        segment = moved.segments()[deep]
        y = segment(x)
        assert torch.equal(y, front(moved, deep)(images)), (shallow, deep)
        one_pixel_pooled = isinstance(segment, nn.MaxPool2d) and x.shape[2:] == (1, 1)
        assert y.shape != x.shape or not torch.equal(y, x) or one_pixel_pooled, (shallow, deep)


def test_residual_networks_are_cut_at_the_border_of_every_block(network):
    blocks = [module for module in network.modules() if type(module).__name__ in RESIDUAL_BLOCKS]
    segments = list(network.segments().values())
    assert blocks or type(network).__name__ in {"Chain", "PlainConvolutional"}
    assert all(block in segments for block in blocks)


def test_the_vector_before_the_last_layer_is_a_cut(moved, images):
    *_, pooled, logits = cut_names(moved)
    vectors = front(moved, pooled)(images)
    assert vectors.ndim == 2
    last = moved.get_submodule(moved.taps[logits].module)
    assert isinstance(last, nn.Linear)
    assert torch.equal(last(vectors), moved(images))


def test_nothing_behind_the_cut_runs_in_the_front_and_nothing_before_it_in_the_tail(moved, images):
    reached = []
    for name, module in moved.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda *_, name=name: reached.append(name))
    moved(images)
    whole, counts = list(reached), []
    for cut in cut_names(moved):
        reached.clear()
        x = front(moved, cut)(images)
        counts.append(len(reached))
        tail(moved, cut)(x)
        assert reached == whole, cut
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(whole))


def test_what_a_tail_is_given_stays_as_it_is(moved, images):
    for cut in cut_names(moved):
        with torch.no_grad():
            x = front(moved, cut)(images)
            before = x.clone()
            tail(moved, cut)(x)
        assert torch.equal(x, before), cut


@GRADIENTS
def test_a_cut_before_a_layer_in_place_does_not_change_what_the_tail_is_given(images, gradients):
    network = InPlace().eval()
    with torch.set_grad_enabled(gradients):
        x = front(network, "convolution")(images).detach().requires_grad_(gradients)
        before = x.detach().clone()
        output = tail(network, "convolution")(x)
    assert (before < 0).any()
    assert torch.equal(x, before)
    assert torch.equal(output, before.relu())


def test_gradients_through_front_and_tail_are_those_of_the_network(moved, images):
    labels = torch.arange(6) % 5
    expected = gradients(moved, cross_entropy(moved(images), labels))
    for cut in cut_names(moved):
        found = gradients(moved, cross_entropy(tail(moved, cut)(front(moved, cut)(images)), labels))
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, msg=f"{cut}: {name}")


def test_a_layer_between_front_and_tail_is_trained_where_the_network_is_frozen(moved, images):
    labels = torch.arange(6) % 5
    moved.requires_grad_(False)
    for cut in cut_names(moved)[1:]:
        x = front(moved, cut)(images)
        scale = torch.ones_like(x[:1], requires_grad=True)
        cross_entropy(tail(moved, cut)(x * scale), labels).backward()
        assert scale.grad.abs().any(), cut


def test_the_gradient_with_respect_to_a_representation_is_to_be_had(moved, images):
    for cut in cut_names(moved):
        x = front(moved, cut)(images).detach().requires_grad_()
        tail(moved, cut)(x).square().sum().backward()
        assert x.grad.abs().any(), cut


def test_a_front_follows_the_weights_of_its_network(moved, images):
    cut = tap_names(moved)[0]
    half = front(moved, cut)
    before = half(images)
    with torch.no_grad():
        for parameter in moved.parameters():
            parameter.mul_(1.1)
    assert not torch.equal(half(images), before)


@pytest.mark.parametrize("part", [front, tail])
def test_an_unknown_cut_is_refused_with_the_valid_ones(network, part):
    with pytest.raises(ConfigError) as refusal:
        part(network, "stage_9")
    assert all(name in str(refusal.value) for name in ("unknown cut point: 'stage_9'", *cut_names(network)))
