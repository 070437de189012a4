"""A short course of training, imitated: a network's state at some epochs, and labelled images."""

from functools import cache

import torch

from rote.models.batch_norm import recalibrate
from rote.models.build import build
from rote.seeds import Seeds
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

SHAPE, N_CLASSES, SEEDS = (8, 8, 1), 3, Seeds(3, "a run")
NORMALISATION = Normalisation([0.5], [0.3], torch.device("cpu"), memory_format=torch.channels_last)
NETWORKS = {
    "plain_convolutional": {"width": 8},
    "resnet": {"width": 8, "zero_initialised_residuals": False},
    "mlp": {"depth": 2, "width": 6},
    "vgg": {"width": 1},
}
EPOCHS = (0, 3, 7)


def drawn(n, seed, permuted=0.4):
    draw = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (n, *SHAPE), generator=draw, dtype=torch.uint8)
    true = torch.randint(0, N_CLASSES, (n,), generator=draw)
    chosen = torch.rand(n, generator=draw) < permuted
    return Examples(images, torch.where(chosen, (true + 1) % N_CLASSES, true), true, chosen)


TRAINING, TEST = drawn(24, 1), drawn(16, 2, permuted=0)


def untrained(architecture):
    options = NETWORKS.get(architecture, {})
    network = build(architecture, image_shape=SHAPE, n_classes=N_CLASSES, seed=1, **options)
    return network.to(memory_format=torch.channels_last)


def course(architecture):
    """States by epoch: each a random step from the one before it, batch norms and their statistics too."""
    return {epoch: dict(state) for epoch, state in _course(architecture).items()}


@cache
def _course(architecture):
    network, draw, states = untrained(architecture), torch.Generator().manual_seed(5), {}
    for epoch in EPOCHS:
        if epoch > 0:
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter += 0.5 * parameter.std().nan_to_num(0.2) * torch.randn(parameter.shape, generator=draw)
            recalibrate(network.eval(), [NORMALISATION(TRAINING.images[epoch : epoch + 16])])
        states[epoch] = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    return states


def final(architecture, states):
    network = untrained(architecture)
    network.load_state_dict(states[EPOCHS[-1]])
    return network.eval()
