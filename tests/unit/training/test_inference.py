import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from rote.models.build import build
from rote.training.inference import MatrixProduct, inference_form

CONVOLUTIONAL = [
    ("plain_convolutional", {"width": 3}),
    ("preactivation_resnet18", {"width": 3}),
    ("resnet", {"depth": 18, "width": 4}),
    ("resnet", {"depth": 50, "width": 4, "stem": "64px"}),
]
TRANSFORMER = ("vision_transformer", {"patch_size": 4, "layers": 2, "heads": 2, "hidden_size": 8, "mlp_size": 8})
SHAPES = [(8, 8, 1), (16, 16, 3), (9, 20, 1)]


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def trained(architecture, options, image_shape=(8, 8, 1)):
    """A network whose batch norms have scales, shifts and statistics of all sizes, and both signs of scale."""
    network = build(architecture, image_shape=image_shape, n_classes=5, seed=1, **options).double()
    with torch.no_grad():
        for number, norm in enumerate(module for module in network.modules() if isinstance(module, nn.BatchNorm2d)):
            for place, vector in enumerate((norm.weight, norm.bias, norm.running_mean)):
                vector.copy_(random(len(vector), seed=3 * number + place))
            norm.running_var.copy_(random(len(norm.bias), seed=number).exp())
    return network.eval()


def modules(network, kind):
    return [name for name, module in network.named_modules() if isinstance(module, kind)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("architecture", "options"), CONVOLUTIONAL)
def test_the_form_computes_what_the_network_computes(architecture, options, shape):
    network = trained(architecture, options, shape)
    height, width, channels = shape
    images = random(7, channels, height, width)
    with torch.no_grad():
        expected = network(images)
        found = inference_form(network, shape)(images)
    assert (found - expected).abs().max() < 1e-10 * expected.abs().max()


@pytest.mark.parametrize(("architecture", "options"), CONVOLUTIONAL)
def test_batch_norms_are_gone_where_no_relu_is_before_them(architecture, options):
    left = modules(inference_form(trained(architecture, options), (8, 8, 1)), nn.BatchNorm2d)
    if architecture == "preactivation_resnet18":
        assert left == [f"stage_{stage}.{block}.bn1" for stage in range(1, 5) for block in range(2)]
    else:
        assert left == []


def test_3x3_convolutions_of_maps_of_one_and_four_pixels_are_matrix_products_and_others_are_not():
    network = inference_form(trained("plain_convolutional", {"width": 2}), (8, 8, 1))
    assert modules(network, MatrixProduct) == [f"layers.{layer}.0" for layer in (4, 5, 6, 7)]
    assert modules(network, nn.Conv2d) == [f"layers.{layer}.0" for layer in (0, 1, 2, 3)]


def test_the_network_is_left_as_it_was():
    network = trained("preactivation_resnet18", {"width": 3}).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    form = inference_form(network, (8, 8, 1))
    with torch.no_grad():
        for parameter in form.parameters():
            parameter.zero_()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert network.training
    assert not form.training


def test_a_network_without_batch_norms_is_only_copied():
    network = trained(*TRANSFORMER)
    copy = inference_form(network, (8, 8, 1))
    images = random(3, 1, 8, 8)
    with torch.no_grad():
        assert type(copy) is type(network)
        assert copy is not network
        assert torch.equal(copy(images), network(images))


class Branching(nn.Module):
    """A convolution whose output goes round its batch norm too."""

    def __init__(self):
        super().__init__()
        self.convolution, self.norm = nn.Conv2d(1, 4, 3).double(), nn.BatchNorm2d(4).double()

    def forward(self, x):
        x = self.convolution(x)
        return self.norm(x) + x


def test_a_batch_norm_is_not_folded_into_a_convolution_that_others_read():
    network = Branching()
    network(random(20, 1, 6, 6))
    network.eval()
    with torch.no_grad():
        torch.testing.assert_close(inference_form(network, (6, 6, 1))(random(2, 1, 6, 6)), network(random(2, 1, 6, 6)))


@settings(max_examples=60)
@given(
    size=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 2),
    groups=st.sampled_from([1, 2]),
    bias=st.booleans(),
)
def test_a_matrix_product_is_its_convolution(size, kernel, stride, padding, dilation, groups, bias):
    spans = [dilation * (taps - 1) + 1 for taps in kernel]
    assume(all(length + 2 * padding >= span for length, span in zip(size, spans, strict=True)))
    convolution = nn.Conv2d(2, 6, kernel, stride, padding, dilation, groups, bias).double()
    maps = random(5, 2, *size)
    with torch.no_grad():
        expected = convolution(maps)
        torch.testing.assert_close(MatrixProduct(convolution, maps.shape[1:])(maps), expected, rtol=0, atol=1e-13)
