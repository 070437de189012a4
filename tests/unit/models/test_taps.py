from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from rote.errors import ConfigError
from rote.models.build import build
from rote.models.cuts import cut_names, front, tail
from rote.models.network import Network, Tap
from rote.models.taps import pooled_representations, recording, representations, tap_names

STAGES = ("first_convolution", "stage_1", "stage_2", "stage_3", "stage_4", "fully_connected")


class InPlace(Network):
    """A tap whose output the next layer overwrites."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 3)
        self.relu = nn.ReLU(inplace=True)
        self.taps = {"convolution": Tap("convolution")}
        self.relus = (Tap("relu"),)

    def segments(self):
        return {"convolution": self.convolution, "relu": self.relu}


class Failing(nn.Module):
    def forward(self, *_):
        raise ArithmeticError


def small_resnet(**options):
    return build("resnet", image_shape=(16, 16, 1), n_classes=3, seed=0, width=4, **options).eval()


def relu_outputs(network, images):
    """Outputs of every call of a ReLU, by a loop over what happens, in the order in which it happens."""
    calls = []
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    hooks = [relu.register_forward_hook(lambda *called: calls.append(called[-1].clone())) for relu in relus]
    with torch.no_grad():
        network(images)
    for hook in hooks:
        hook.remove()
    return calls


def hook_count(network):
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules())


def shapes(network, images):
    return {name: tuple(tensor.shape[1:]) for name, tensor in record(network, images).items()}


def record(network, images, taps="all"):
    with recording(network, taps) as outputs, torch.no_grad():
        network(images)
    return outputs


def test_every_tap_is_a_submodule_and_is_reached_in_the_declared_order(network, images):
    reached = []
    for name, tap in network.taps.items():
        network.get_submodule(tap.module).register_forward_hook(lambda *_, name=name: reached.append(name))
    network(images)
    assert tuple(reached) == tap_names(network)


def test_the_last_tap_gives_the_logits(network, images):
    network.eval()
    assert torch.equal(record(network, images)[tap_names(network)[-1]], network(images))


@pytest.mark.parametrize(
    ("architecture", "options", "image_shape", "expected"),
    [
        (
            "preactivation_resnet18",
            {"width": 4},
            (32, 32, 3),
            [(4, 32, 32), (4, 32, 32), (8, 16, 16), (16, 8, 8), (32, 4, 4), (7,)],
        ),
        (
            "preactivation_resnet18",
            {"width": 4},
            (8, 8, 1),
            [(4, 8, 8), (4, 8, 8), (8, 4, 4), (16, 2, 2), (32, 1, 1), (7,)],
        ),
        *(
            (
                "resnet",
                {"depth": depth, "stem": stem},
                (side, side, 3),
                [(64, 32, 32), (64 * k, 32, 32), (128 * k, 16, 16), (256 * k, 8, 8), (512 * k, 4, 4), (7,)],
            )
            for depth, k in ((18, 1), (50, 4))
            for stem, side in (("cifar", 32), ("84px", 84), ("64px", 64))
        ),
    ],
)
def test_taps_of_residual_networks_have_the_published_shapes(architecture, options, image_shape, expected):
    network = build(architecture, image_shape=image_shape, n_classes=7, seed=0, **options).eval()
    height, width, channels = image_shape
    assert shapes(network, torch.zeros(1, channels, height, width)) == dict(zip(STAGES, expected, strict=True))


def test_taps_of_the_vision_transformer_have_the_published_shapes():
    network = build("vision_transformer", image_shape=(32, 32, 3), n_classes=10, seed=0).eval()
    expected = {"patch_embedding": (768, 2, 2)} | {f"block_{i}": (5, 768) for i in range(1, 13)} | {"head": (10,)}
    assert shapes(network, torch.zeros(1, 3, 32, 32)) == expected


def test_stages_of_resnet_are_taken_after_the_last_activation(images):
    outputs = record(build("resnet", image_shape=(16, 16, 1), n_classes=2, seed=0), images)
    assert all((outputs[f"stage_{i}"] >= 0).all() for i in (1, 2, 3, 4))
    assert (outputs["first_convolution"] < 0).any()


def test_order_of_depth_is_kept_whatever_the_order_of_the_request(network, images):
    first, second, *_, last = tap_names(network)
    assert list(record(network, images, [last, first, second, first])) == [first, second, last]


def test_only_the_taps_asked_for_are_recorded(network, images):
    name = tap_names(network)[1]
    assert list(record(network, images, [name])) == [name]
    assert record(network, images, []) == {}


def test_an_unknown_tap_is_refused_with_the_valid_ones(network):
    with pytest.raises(ConfigError) as refusal, recording(network, [tap_names(network)[0], "stage_9"]):
        pass
    assert all(name in str(refusal.value) for name in ("'stage_9'", *tap_names(network)))
    assert hook_count(network) == 0


def test_a_later_layer_that_works_in_place_leaves_the_record_as_it_was(images):
    network = InPlace()
    output = record(network, images)["convolution"]
    assert torch.equal(output, network.convolution(images))
    assert (output < 0).any()


def test_torchvision_overwrites_batch_norms_in_place_but_not_what_is_recorded(images):
    network = build("resnet", image_shape=(16, 16, 1), n_classes=2, seed=0).eval()
    network.taps = {"batch_norm": Tap("layers.bn1")}
    assert torch.equal(record(network, images)["batch_norm"], network.layers.bn1(network.layers.conv1(images)))


def test_changing_a_record_does_not_change_the_network_s_output(network, images):
    network.eval()
    expected = network(images)
    with recording(network) as outputs:
        logits = network(images)
        for output in outputs.values():
            output.zero_()
    assert torch.equal(logits, expected)


def test_records_carry_no_gradient(network, images):
    with recording(network) as outputs:
        network(images).sum().backward()
    assert not any(output.requires_grad for output in outputs.values())


def test_every_forward_pass_replaces_the_record(network, images):
    network.eval()
    with recording(network) as outputs, torch.no_grad():
        assert outputs == {}
        network(images[:2])
        network(images[2:])
    expected = record(network, images[2:])
    assert list(outputs) == list(expected)
    assert all(torch.equal(outputs[name], expected[name]) for name in expected)


def test_hooks_are_gone_after_the_block(network, images):
    record(network, images)
    assert hook_count(network) == 0


def interrupted(network):
    with recording(network):
        assert hook_count(network) == len(tap_names(network))
        raise KeyboardInterrupt


def test_hooks_are_gone_after_an_exception_in_the_block(network):
    with pytest.raises(KeyboardInterrupt):
        interrupted(network)
    assert hook_count(network) == 0


def test_hooks_are_gone_after_an_exception_in_the_network(network, images):
    network.set_submodule(network.taps[tap_names(network)[-1]].module, Failing())
    with pytest.raises(ArithmeticError):
        record(network, images)
    assert hook_count(network) == 0


def test_hooks_that_count_calls_are_gone_after_an_exception_and_the_next_pass_counts_anew(images):
    network = small_resnet()
    *_, last = tap_names(network, "relu")
    expected = record(network, images, "relu")[last]
    failing = network.get_submodule("layers.layer4.1.conv2").register_forward_pre_hook(Failing().forward)
    with recording(network, "relu") as outputs:
        with pytest.raises(ArithmeticError):
            network(images)
        failing.remove()
        network(images)
        assert torch.equal(outputs[last], expected)
    assert hook_count(network) == 0


def test_nested_and_repeated_recordings_do_not_pile_up(network, images):
    taps = len(tap_names(network))
    for _ in range(3):
        with recording(network), recording(network, [tap_names(network)[0]]) as inner:
            network(images)
            assert hook_count(network) == taps + 1
        assert len(inner) == 1
    assert hook_count(network) == 0


def test_representations_are_one_row_per_image(network, images):
    network.eval()
    rows, outputs = representations(network, images), record(network, images)
    assert list(rows) == list(outputs)
    for name, output in outputs.items():
        assert torch.equal(rows[name], output.reshape(len(images), -1))


def test_a_representation_does_not_depend_on_the_rest_of_the_batch(network, images):
    together = representations(network, images)
    alone = representations(network, images[3:4])
    for name, rows in together.items():
        torch.testing.assert_close(alone[name], rows[3:4], rtol=1e-4, atol=1e-5)


def test_taking_representations_leaves_the_network_as_it_was(network, images):
    next(network.children()).eval()
    modes = [module.training for module in network.modules()]
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    representations(network, images)
    with pytest.raises(RuntimeError):
        representations(network, images.expand(-1, 2, -1, -1))
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(tensor, state[name]) for name, tensor in network.state_dict().items())


def test_taps_of_the_vision_transformer_differ_from_block_to_block(images):
    options = {"patch_size": 4, "layers": 3, "heads": 2, "hidden_size": 16, "mlp_size": 32}
    network = build("vision_transformer", image_shape=(16, 16, 1), n_classes=2, seed=0, **options)
    blocks = representations(network, images, ["block_1", "block_2", "block_3"])
    assert all(not torch.equal(shallow, deep) for shallow, deep in pairwise(blocks.values()))


def test_a_map_is_pooled_by_its_average_over_space():
    network = build("resnet", image_shape=(16, 16, 1), n_classes=3, seed=0, width=4).eval()
    images = torch.randn(5, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    for name, output in record(network, images).items():
        pooled = pooled_representations(network, images)[name]
        if output.ndim == 2:
            assert torch.equal(pooled, output)
        else:
            n, channels, height, width = output.shape
            by_loop = [[output[i, c].sum() / (height * width) for c in range(channels)] for i in range(n)]
            torch.testing.assert_close(pooled, torch.tensor(by_loop))


TOKENS = {"patch_size": 4, "layers": 2, "hidden_size": 16}


@pytest.mark.parametrize(
    ("architecture", "options"), [("vision_transformer", {}), ("pretrained_vision_transformer", {"input_size": 24})]
)
def test_tokens_of_a_vision_transformer_are_pooled_to_the_class_token(architecture, options, images):
    network = build(architecture, image_shape=(16, 16, 1), n_classes=3, seed=0, heads=2, **TOKENS, **options).eval()
    outputs, pooled = record(network, images), pooled_representations(network, images)
    assert list(pooled) == list(outputs)
    for block in ("block_1", "block_2"):
        assert torch.equal(pooled[block], outputs[block][:, 0])


def test_tokens_of_a_mixer_are_pooled_to_their_mean(images):
    network = build(
        "pretrained_mlp_mixer", image_shape=(16, 16, 1), n_classes=3, seed=0, input_size=24, **TOKENS
    ).eval()
    outputs, pooled = record(network, images), pooled_representations(network, images)
    for block in ("block_1", "block_2"):
        assert outputs[block].shape == (6, 36, 16)
        torch.testing.assert_close(pooled[block], sum(outputs[block].unbind(1)) / 36)


def test_the_last_map_pooled_is_what_the_classifier_sees():
    network = build("plain_convolutional", image_shape=(8, 8, 1), n_classes=3, seed=0, width=2)
    images = torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    pooled = pooled_representations(network, images)
    torch.testing.assert_close(network.fully_connected(pooled["layer_8"]), pooled["fully_connected"])


def test_tokens_without_a_rule_for_their_pooling_are_an_error(images):
    network = build("pretrained_mlp_mixer", image_shape=(16, 16, 1), n_classes=3, seed=0, input_size=16, **TOKENS)
    network.token_pooling = None
    with pytest.raises(TypeError, match="does not say how"):
        pooled_representations(network, images)
    assert hook_count(network) == 0


def test_pooling_leaves_the_mode_of_the_network_as_it_was(network, images):
    next(network.children()).eval()
    modes = [module.training for module in network.modules()]
    pooled_representations(network, images)
    assert [module.training for module in network.modules()] == modes


def test_the_relu_taps_are_the_outputs_of_every_call_of_a_relu_in_order_of_depth(network, images):
    network.eval()
    expected = relu_outputs(network, images)
    if not expected:
        with pytest.raises(ConfigError, match="has no ReLU"):
            tap_names(network, "relu")
        return
    assert tap_names(network, "relu") == tuple(f"relu_{i}" for i in range(1, len(expected) + 1))
    with recording(network, "relu") as outputs, torch.no_grad():
        for _ in range(2):  # the second pass counts anew
            outputs.clear()
            network(images)
            assert list(outputs) == list(tap_names(network, "relu"))
            assert all(map(torch.equal, outputs.values(), expected))


def test_no_architecture_has_a_relu_that_is_no_module(network, images):
    """Such a one could not be tapped: the group of ReLUs would leave it out in silence."""
    calls = []

    class Counting(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            calls.extend([function] if getattr(function, "__name__", "") in {"relu", "relu_"} else [])
            return function(*args, **(kwargs or {}))

    modules = len(relu_outputs(network, images))
    with Counting(), torch.no_grad():
        network(images)
    in_functional = [function for function in calls if function is functional.relu]
    assert len(in_functional) == modules
    assert len(calls) - len(in_functional) in (0, modules)  # the module's own call of the kernel


@pytest.mark.parametrize(("depth", "n"), [(18, 17), (50, 49)])
def test_resnets_have_as_many_relus_as_layers_with_weights_before_the_last(depth, n):
    assert len(tap_names(small_resnet(depth=depth), "relu")) == n


def test_the_two_calls_of_a_block_s_relu_are_two_taps(images):
    network = small_resnet(zero_initialised_residuals=False)
    block, x = network.layers.layer1[0], record(network, images, ["relu_1"])["relu_1"]
    inside = functional.relu(block.bn1(block.conv1(x)))
    outside = functional.relu(block.bn2(block.conv2(inside)) + x)
    taken = record(network, images, ["relu_2", "relu_3"])
    assert not torch.equal(inside, outside)
    assert torch.equal(taken["relu_2"], inside)
    assert torch.equal(taken["relu_3"], outside)


def test_the_last_relu_of_a_stage_is_the_stage_s_tap(images):
    taken = record(small_resnet(), images, ["relu_5", "stage_1", "relu_17", "stage_4"])
    assert torch.equal(taken["relu_5"], taken["stage_1"])
    assert torch.equal(taken["relu_17"], taken["stage_4"])


def test_the_input_tap_is_the_network_s_input(network, images):
    with recording(network, ["input", tap_names(network)[0]]) as outputs:
        network(images)
    assert list(outputs) == ["input", tap_names(network)[0]]
    assert torch.equal(outputs["input"], images)
    assert outputs["input"] is not images
    assert hook_count(network) == 0


def test_groups_of_taps_share_no_name(network):
    assert len({"input", *network.taps}) == len(network.taps) + 1
    assert not any(name.startswith("relu_") for name in network.taps)


def test_taps_of_several_groups_are_recorded_together_in_order_of_depth(images):
    asked = ["stage_2", "relu_6", "input", "first_convolution", "relu_1"]
    expected = ["input", "first_convolution", "relu_1", "relu_6", "stage_2"]
    assert list(record(small_resnet(), images, asked)) == expected


def test_an_unknown_group_is_refused_by_name(network):
    with pytest.raises(ConfigError, match="unknown group of taps: 'gelu'"):
        tap_names(network, "gelu")
    with pytest.raises(ConfigError, match="unknown group of taps: 'stage_1'"), recording(network, "stage_1"):
        pass


def test_taps_record_in_a_front_and_in_a_tail(images):
    network = small_resnet()
    expected = record(network, images, "relu")
    for cut in cut_names(network):
        with recording(network, "relu") as outputs, torch.no_grad():
            tail(network, cut)(front(network, cut)(images))
        assert list(outputs) == list(expected)
        assert all(torch.equal(outputs[name], expected[name]) for name in expected), cut


def test_a_network_without_recording_has_no_hooks(network):
    assert hook_count(network) == 0


@pytest.mark.parametrize(("depth", "n"), [(18, 1 + 16 + 8 + 1), (50, 1 + 48 + 16 + 1)])
def test_layers_of_a_residual_network_are_its_convolutions_blocks_and_head(depth, n, images):
    network = build("resnet", image_shape=(16, 16, 1), n_classes=3, seed=0, width=4, depth=depth).eval()
    taken = record(network, images, "layers")
    assert len(taken) == n
    assert set(record(network, images)) <= set(taken)
    assert torch.equal(taken["stage_2"], record(network, images)["stage_2"])


def test_a_block_is_its_last_convolution_and_its_shortcut_summed(images):
    network = build("preactivation_resnet18", image_shape=(16, 16, 1), n_classes=3, seed=0, width=4).eval()
    taken = record(network, images, "layers")
    summed = taken["first_convolution"] + taken["stage_1_block_1_convolution_2"]
    torch.testing.assert_close(taken["stage_1_block_1"], summed)


def test_layers_are_reached_in_the_declared_order(network, images):
    reached = []
    for name in tap_names(network, "layers"):
        module = network.get_submodule((network.layer_taps or network.taps)[name].module)
        module.register_forward_hook(lambda *_, name=name: reached.append(name))
    network(images)
    assert tuple(reached) == tap_names(network, "layers")
