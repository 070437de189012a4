import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from rote.errors import ConfigError, DataError
from rote.gradients.parts import label_parts
from rote.models.network import Network
from rote.training.examples import Examples
from tests.unit.gradients.small_gradients import (
    N_CLASSES,
    NETWORKS,
    NORMALISATION,
    drawn,
    inputs,
    members,
    network,
    with_labels,
)

CENTRES = ("none", "classes", "label_frequency")
ARCHITECTURES = pytest.mark.parametrize("architecture", NETWORKS)


def measured(model, examples, centres=CENTRES, **options):
    return label_parts(model, examples, NORMALISATION, centres, **options)


def gradient(model, loss):
    """Of a loss with respect to the weights of convolutions and fully connected layers, by path."""
    layers = {path: module for path, module in model.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)}
    weights = [layer.weight for layer in layers.values()]
    return dict(zip(layers, torch.autograd.grad(loss, weights, retain_graph=True), strict=True))


def assert_equal(found, expected, scale):
    """To 1e-12 relative to a scale, since parts may cancel."""
    assert (found - expected).abs().max() <= 1e-12 * scale


def scale(parts, layer):
    return parts.uncentred["all"][layer].abs().max()


@ARCHITECTURES
def test_without_a_centre_the_parts_are_the_gradients_of_the_label_s_logit_and_of_the_partition_function(architecture):
    examples = drawn()
    model = network(architecture, examples)
    parts = measured(model, examples)
    for group, chosen in members(examples).items():
        logits, labels = model(inputs(examples)[chosen]), examples.labels[chosen]
        dependent = gradient(model, -logits.gather(1, labels[:, None]).mean())
        independent = gradient(model, logits.logsumexp(1).mean())
        assert set(parts.layers) == set(dependent)
        for layer in parts.layers:
            found, rest = parts.parts(group, layer, "none")
            assert_equal(found, dependent[layer], scale(parts, layer))
            assert_equal(rest, independent[layer], scale(parts, layer))


@ARCHITECTURES
def test_parts_add_up_to_the_gradient_of_the_cross_entropy_about_every_centre(architecture):
    examples = drawn()
    model = network(architecture, examples)
    parts = measured(model, examples)
    for group, chosen in members(examples).items():
        total = gradient(model, cross_entropy(model(inputs(examples)[chosen]), examples.labels[chosen]))
        for centre in CENTRES:
            for layer in parts.layers:
                assert_equal(sum(parts.parts(group, layer, centre)), total[layer], scale(parts, layer))


@pytest.mark.parametrize("centre", ["classes", "label_frequency"])
def test_centred_parts_are_sums_over_examples_and_classes(centre):
    """Eqs 13 and 15 by a loop: the centre over all examples, the frequencies of labels those of the group."""
    examples = drawn(8, permuted=0.5)
    model = network()
    parts = measured(model, examples)
    logits = model(inputs(examples))
    of_logit = [[gradient(model, logits[i, c]) for c in range(N_CLASSES)] for i in range(len(examples))]
    for group, chosen in members(examples).items():
        who = chosen.nonzero().flatten().tolist()
        frequency = examples.labels[chosen].bincount(minlength=N_CLASSES) / len(who)
        share = torch.full((N_CLASSES,), 1 / N_CLASSES) if centre == "classes" else frequency
        for layer in parts.layers:
            mean = [sum(of_logit[i][c][layer] for i in range(8)) / 8 for c in range(N_CLASSES)]
            middle = sum(share[c].double() * mean[c] for c in range(N_CLASSES))
            given = one_hot(examples.labels, N_CLASSES).double()
            predicted = logits.softmax(1)
            expected = [
                sum(
                    sign * weight[i, c] * (of_logit[i][c][layer] - middle) / len(who)
                    for i in who
                    for c in range(N_CLASSES)
                )
                for sign, weight in ((-1, given), (1, predicted))
            ]
            for found, by_loop in zip(parts.parts(group, layer, centre), expected, strict=True):
                assert (found - by_loop).abs().max() <= 1e-7 * scale(parts, layer)  # frequencies above are in float32


@ARCHITECTURES
def test_groups_weighted_by_their_sizes_are_the_whole(architecture):
    examples = drawn()
    parts = measured(network(architecture, examples), examples)
    sizes = parts.examples
    assert sizes == {group: int(chosen.sum()) for group, chosen in members(examples).items()}
    for centre in CENTRES:
        for layer in parts.layers:
            by_group = [parts.parts(group, layer, centre) for group in ("unpermuted", "permuted")]
            for whole, unpermuted, permuted in zip(parts.parts("all", layer, centre), *by_group, strict=True):
                mean = (sizes["unpermuted"] * unpermuted + sizes["permuted"] * permuted) / sizes["all"]
                assert_equal(mean, whole, scale(parts, layer))


def test_uniform_labels_leave_no_dependent_part_of_the_whole_about_either_centre():
    examples = with_labels(drawn(6), torch.arange(N_CLASSES).expand(6, N_CLASSES))
    parts = measured(network("resnet", examples), examples)
    for layer in parts.layers:
        assert parts.parts("all", layer, "none")[0].abs().max() > 1e-3
        for centre in ("classes", "label_frequency"):
            assert parts.parts("all", layer, centre)[0].abs().max() <= 1e-12 * scale(parts, layer)


@settings(max_examples=10)
@given(copies=st.lists(st.integers(0, N_CLASSES - 1), min_size=1, max_size=5))
def test_labels_that_say_nothing_of_the_image_leave_no_dependent_part_about_label_frequency(copies):
    examples = with_labels(drawn(4), torch.tensor(copies).expand(4, len(copies)))
    parts = measured(network(), examples)
    for layer in parts.layers:
        assert parts.parts("all", layer, "label_frequency")[0].abs().max() <= 1e-12 * scale(parts, layer)


def test_labels_of_unequal_frequency_leave_a_dependent_part_about_classes():
    examples = with_labels(drawn(4), torch.tensor([0, 0, 1]).expand(4, 3))
    parts = measured(network(), examples)
    assert all(parts.parts("all", layer, "classes")[0].abs().max() > 1e-3 for layer in parts.layers)


@ARCHITECTURES
def test_uniform_outputs_leave_no_independent_part_of_the_whole_about_classes(architecture):
    examples = drawn()
    model = network(architecture, examples)
    last = model.get_submodule(model.taps["fully_connected"].module)
    with torch.no_grad():
        for parameter in last.parameters():
            parameter[1:] = parameter[0]
    parts = measured(model, examples)
    for layer in parts.layers:
        assert parts.parts("all", layer, "classes")[1].abs().max() <= 1e-12 * scale(parts, layer)
        assert parts.parts("all", layer, "none")[1].abs().max() > 1e-6


def test_the_last_layer_s_dependent_part_about_label_frequency_is_eq_2_of_its_input():
    examples = drawn()
    model = network("resnet", examples)
    seen = []
    with model.layers.fc.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0].detach())):
        predicted = model(inputs(examples)).detach().softmax(1)
    (features,) = seen
    parts = measured(model, examples)
    label = one_hot(examples.labels, N_CLASSES).double()
    for group, chosen in members(examples).items():
        centred = features[chosen] - features.mean(0)
        by_frequency = parts.parts(group, "layers.fc", "label_frequency")[0]
        expected = -label[chosen].T @ centred / chosen.sum()
        assert_equal(by_frequency, expected, scale(parts, "layers.fc"))

        imbalance = label[chosen].mean(0) - 1 / N_CLASSES
        by_classes = parts.parts(group, "layers.fc", "classes")[0]
        assert_equal(by_frequency - by_classes, imbalance[:, None] * features.mean(0), scale(parts, "layers.fc"))

        literal = predicted[chosen].T @ centred / chosen.sum()  # Eq. 16's other half
        assert (expected + literal - parts.total[group]["layers.fc"]).abs().max() > 1e-3


class Shifted(Network):
    """A network of two layers whose logits are all shifted by one function of the hidden layer."""

    def __init__(self, by):
        super().__init__()
        draw = torch.Generator().manual_seed(0)
        self.hidden, self.logits, self.by = nn.Linear(25, 4), nn.Linear(4, N_CLASSES), by
        for parameter in self.parameters():
            nn.init.normal_(parameter, generator=draw)

    def segments(self):
        def logits(hidden):
            return self.logits(hidden) + self.by * hidden.square().sum(1, keepdim=True)

        return {"hidden": lambda images: self.hidden(images.flatten(1)).sigmoid(), "logits": logits}


def test_a_common_shift_of_all_logits_changes_neither_part_of_the_whole_about_a_centre():
    examples = drawn()
    plain, shifted = (measured(Shifted(by).double().eval(), examples) for by in (0, 5))
    for layer in plain.layers:
        for centre in ("classes", "label_frequency"):
            for one, other in zip(*(parts.parts("all", layer, centre) for parts in (plain, shifted)), strict=True):
                assert_equal(one, other, scale(shifted, layer))
    before, after = (parts.parts("all", "hidden", "none")[0] for parts in (plain, shifted))
    assert (before - after).abs().max() > 0.1


@ARCHITECTURES
@pytest.mark.parametrize("batch_size", [1, 7])
def test_parts_do_not_depend_on_the_size_of_batches(architecture, batch_size):
    examples = drawn()
    model = network(architecture, examples)
    whole, in_batches = measured(model, examples), measured(model, examples, batch_size=batch_size)
    for group in members(examples):
        for layer in whole.layers:
            for centre in CENTRES:
                pairs = zip(*(parts.parts(group, layer, centre) for parts in (whole, in_batches)), strict=True)
                for one, other in pairs:
                    assert_equal(one, other, scale(whole, layer))


def test_sums_are_in_float64_whatever_the_network_s_precision():
    examples = drawn()
    single = network("plain_convolutional", examples).float()
    found = label_parts(single, examples, _in_single(), CENTRES, batch_size=1)
    exact = measured(network("plain_convolutional", examples), examples)
    for layer in found.layers:
        assert found.total["all"][layer].dtype == torch.float64
        assert (found.total["all"][layer] - exact.total["all"][layer]).abs().max() < 1e-5 * scale(exact, layer)


def _in_single():
    normalisation = NORMALISATION.in_layout(torch.channels_last)
    normalisation.dtype = torch.float32
    return normalisation


def test_the_network_is_left_as_it_was():
    model, examples = network("resnet", drawn()), drawn()
    model.layers.fc.weight.requires_grad_(False)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    wanted = [parameter.requires_grad for parameter in model.parameters()]
    parts = measured(model, examples)
    assert "layers.fc" in parts.layers
    assert [parameter.requires_grad for parameter in model.parameters()] == wanted
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("permuted", [0.0, 1.0])
def test_a_group_without_examples_is_left_out(permuted):
    parts = measured(network(), drawn(permuted=permuted))
    only = "permuted" if permuted else "unpermuted"
    assert parts.examples == {"all": 20, only: 20}
    with pytest.raises(ConfigError, match="unknown group of examples"):
        parts.parts("unpermuted" if permuted else "permuted", "layer_1.linear", "none")


@pytest.mark.parametrize(("architecture", "options"), [("resnet", {}), ("vgg", {"width": 1, "dropout": 0.5})])
def test_training_mode_is_refused_with_the_reason(architecture, options):
    model = network(architecture, **options)
    kind = nn.Dropout if options else nn.BatchNorm2d
    next(module for module in model.modules() if isinstance(module, kind)).train()
    with pytest.raises(ConfigError, match=r"is in training mode, in which an example's gradient depends"):
        measured(model, drawn())


def test_bad_input_is_refused_by_name():
    examples = drawn()
    with pytest.raises(ConfigError, match="unknown centre: 'class'"):
        measured(network(), examples, ["class"])
    with pytest.raises(ConfigError, match="unknown centre: 'classes'"):
        measured(network(), examples, []).parts("all", "layer_1.linear", "classes")
    with pytest.raises(DataError, match="gradients of no examples"):
        measured(network(), drawn(0))
    beyond = Examples(examples.images, examples.labels + 1, examples.true_labels, examples.permuted)
    with pytest.raises(DataError, match="labels go from 1 to 3, and the network has 3 classes"):
        measured(network(), beyond)
