"""Small networks to stitch, and images that have something to learn."""

import torch

from rote.models.build import build
from rote.seeds import Seeds
from rote.stitching.recipe import StitchRecipe
from rote.training.blueprint import Blueprint
from rote.training.examples import Examples
from rote.training.networks import TrainedNetwork

SHAPE, N_CLASSES, SEEDS = (16, 16, 1), 3, Seeds(3, "a tail")
SMALL = {"patch_size": 4, "layers": 2, "heads": 2, "hidden_size": 16, "mlp_size": 32}
CPU = torch.device("cpu")
RECIPE = StitchRecipe.from_config({"optimizer": {"name": "adam", "learning_rate": 0.02}, "steps": 12, "batch_size": 16})


def drawn(n, seed):
    """Images whose brightest third tells the class, with noise; half of the labels to train on are others."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, N_CLASSES, (n,), generator=draw)
    images = torch.randint(0, 120, (n, *SHAPE), generator=draw, dtype=torch.uint8)
    for image, label in zip(images, labels, strict=True):
        image[5 * label : 5 * label + 5] += 120
    corrupted = torch.where(torch.arange(n) % 2 == 0, (labels + 1) % N_CLASSES, labels)
    return Examples(images, corrupted, labels, corrupted != labels)


TRAINING, TEST = drawn(48, 1), drawn(40, 2)


def opened(architecture, options, seed):
    """An untrained network whose batch norms have the statistics of the training images."""
    blueprint = Blueprint({"name": architecture, **options}, SHAPE, N_CLASSES, (0.5,), (0.3,))
    model = build(architecture, image_shape=SHAPE, n_classes=N_CLASSES, seed=seed, **options)
    model.to(memory_format=torch.channels_last)
    normalisation = blueprint.normalisation(CPU)
    with torch.no_grad():
        for _ in range(20):
            model.train()(normalisation(TRAINING.images))
        for parameter in model.parameters():  # a head that begins at zero tells nothing apart
            if not parameter.any():
                parameter += 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(seed))
    return TrainedNetwork(model.eval(), normalisation, 0, blueprint, CPU)


def resnet(seed):
    return opened("preactivation_resnet18", {"width": 4}, seed)
