"""Small networks in float64 and labelled images that the tests of gradients share."""

import torch

from rote.models.batch_norm import recalibrate
from rote.models.build import build
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

SHAPE, N_CLASSES = (5, 5, 1), 3
NETWORKS = {
    "mlp": {"depth": 2, "width": 6},
    "alexnet": {"width": 4},
    "plain_convolutional": {"width": 2},
    "resnet": {"width": 2, "zero_initialised_residuals": False},
}
NORMALISATION = Normalisation([0.5], [0.3], torch.device("cpu"), torch.float64, torch.contiguous_format)


def network(architecture="mlp", examples=None, **options):
    options = NETWORKS.get(architecture, {}) | options
    model = build(architecture, image_shape=SHAPE, n_classes=N_CLASSES, seed=1, **options).double().eval()
    if examples is not None:
        recalibrate(model, [inputs(examples)])
    return model


def drawn(n=20, seed=0, permuted=0.4):
    """Examples with random images, whose first and second halves have other true labels."""
    draw = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, *SHAPE), generator=draw, dtype=torch.uint8)
    true = torch.randint(0, N_CLASSES, (n,), generator=draw)
    chosen = torch.rand(n, generator=draw) < permuted
    labels = torch.where(chosen, torch.randint(0, N_CLASSES, (n,), generator=draw), true)
    return Examples(images, labels, true, chosen)


def with_labels(examples, labels):
    """Every image as often as it has labels: shape (n, copies)."""
    copies = labels.shape[1]
    repeated = [column.repeat_interleave(copies, 0) for column in (examples.images, examples.permuted)]
    return Examples(repeated[0], labels.flatten(), labels.flatten(), repeated[1])


def inputs(examples):
    return NORMALISATION(examples.images)


def members(examples):
    whole = torch.ones_like(examples.permuted)
    return {"all": whole, "unpermuted": ~examples.permuted, "permuted": examples.permuted}
