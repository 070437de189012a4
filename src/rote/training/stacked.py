"""Training several networks of one architecture together, each on its own part of one data set.

Each network sees the batches, augmentation and learning rates that the engine would give it alone, so that in exact
arithmetic the result is the engine's; in float32 it differs by rounding, as it does between numbers of threads.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rote.errors import ConfigError
from rote.progress import bar as progress_bar
from rote.seeds import Seeds
from rote.training.augmentation import Draws
from rote.training.batches import Batch, steps_per_epoch
from rote.training.engine import check_batches, check_finite
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.layout import training_layout
from rote.training.recipe import Recipe
from rote.training.side_by_side import join, part


def train_stacked(
    networks: Sequence[nn.Module],
    recipe: Recipe,
    training: Examples,
    subsets: Tensor,
    normalisation: Normalisation,
    seeds: Sequence[Seeds],
    progress: bool = True,
) -> None:
    """Train networks together, in place.

    Parameters
    ----------
    networks : sequence of Module
        T networks of one architecture; each maps (B, C, H, W) to logits (B, n_classes). They are moved to
        the device of the examples.
    recipe : Recipe
        Its grids do not matter: nothing is evaluated or kept on the way.
    training : Examples
        The data set that all of them draw from; it is not copied.
    subsets : Tensor
        Numbers of the examples that each network sees, shape (T, n), int64.
    normalisation : Normalisation
        Its dtype is that of the networks' parameters.
    seeds : sequence of Seeds
        Of each network.
    progress : bool
        Whether to show a progress bar.

    Raises
    ------
    ConfigError
        If the recipe cannot serve subsets of this size or would end training at a train accuracy, which networks reach
        at different epochs, or a layer cannot be trained side by side (see `rote.training.side_by_side.join`).
    TrainingError
        If the loss of a network is not finite; the message names the first such. The networks are as they were.
    """
    n_networks, n = subsets.shape
    check_batches(networks[0], recipe, n)
    if recipe.stop.train_accuracy is not None:
        raise ConfigError(
            "networks that are trained together end at the same epoch: give stop.epochs in place of "
            "stop.train_accuracy, or train them one at a time (stack_size: 1)."
        )
    for network in networks:
        network.to(training.device)
    layout = training_layout(networks[0], recipe.memory_format, training.device)
    model = join(networks).to(memory_format=layout).train()
    normalisation = normalisation.in_layout(layout)
    optimizer = recipe.optimizer.build(model.parameters())
    forward = torch.compile(model) if recipe.compile else model

    n_steps = steps_per_epoch(n, recipe)
    described = f"{seeds[0].seed_key} and {n_networks - 1} more"
    with (
        progress_bar(described, n_steps * recipe.last_epoch, "step", 0, progress) as bar,
        torch.backends.cudnn.flags(enabled=True, benchmark=True),
    ):
        for epoch in range(1, recipe.last_epoch + 1):
            total = torch.zeros(n_networks, dtype=torch.float64, device=training.device)
            epoch_batches = stacked_batches(training, subsets, recipe, normalisation, seeds, epoch)
            for step, batch in enumerate(epoch_batches, (epoch - 1) * n_steps):
                rate = recipe.schedule.learning_rate(recipe.optimizer.learning_rate, step, n_steps * recipe.epochs)
                for group in optimizer.param_groups:
                    group["lr"] = rate
                with recipe.autocast(training.device):
                    logits = forward(batch.inputs)
                losses = _losses(logits, batch, n_networks)
                optimizer.zero_grad()
                losses.sum().backward()  # type: ignore[no-untyped-call]  # each network's gradient is of its loss alone
                optimizer.step()
                total += losses.detach()
                bar.update()
            for loss, own in zip((total / n_steps).tolist(), seeds, strict=True):
                check_finite(loss, own.seed_key, epoch, folder=None)
    part(model, networks)


def stacked_batches(
    training: Examples,
    subsets: Tensor,
    recipe: Recipe,
    normalisation: Normalisation,
    seeds: Sequence[Seeds],
    epoch: int,
) -> Iterator[Batch]:
    """Batches of one epoch for T networks, those of `rote.training.batches.batches` side by side.

    Parameters
    ----------
    training, subsets, recipe, normalisation, seeds
        As in `train_stacked`.
    epoch : int
        All draws are keyed by it and by each network's seeds.

    Yields
    ------
    Batch
        Inputs of shape (B, T · C, H, W); labels and weights of shape (B · T,), the networks of one position together.
    """
    (n_networks, n), device = subsets.shape, training.device
    in_order = np.arange(n)
    orders = [seed.generator("batch order", epoch).permutation(n) if recipe.shuffle else in_order for seed in seeds]
    seen = np.stack(orders, axis=1)[: steps_per_epoch(n, recipe) * recipe.batch_size]
    positions = torch.from_numpy(seen + n * np.arange(n_networks)).to(device)  # in the subsets, one after the other
    draws = [recipe.augmentation.draw(n, seed.generator("augmentation", epoch), device) for seed in seeds]
    together = Draws(
        recipe.augmentation.crop_padding,
        torch.cat([draw.corners for draw in draws]),
        torch.cat([draw.flipped for draw in draws]),
    )
    noises = [torch.Generator(device).manual_seed(seed.integer_seed("input noise", epoch)) for seed in seeds]
    for block in torch.split(positions, recipe.batch_size):
        places = block.flatten()
        chosen = subsets.flatten()[places]
        images = training.images[chosen]
        if recipe.augmentation.active:
            images = together.apply(images, places)
        inputs = normalisation(images)
        inputs = inputs.view(*block.shape, *inputs.shape[1:])
        if recipe.input_noise:
            for t, noise in enumerate(noises):
                recipe.input_noise.add(inputs[:, t], normalisation, noise)
        inputs = inputs.flatten(1, 2).contiguous(memory_format=normalisation.memory_format)
        weights = None if training.weights is None else training.weights[chosen]
        yield Batch(inputs, training.labels[chosen], weights)


def _losses(logits: Tensor, batch: Batch, n_networks: int) -> Tensor:
    """Mean loss of each network, shape (T,), as in the engine."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    losses = cross_entropy(logits.reshape(len(batch.labels), -1), batch.labels, reduction="none")
    if batch.weights is not None:
        losses = losses * batch.weights
    return losses.view(-1, n_networks).mean(0)
