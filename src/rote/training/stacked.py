"""Training several networks of one architecture together, each on its own part of one data set.

Each network sees the batches, augmentation and learning rates that the engine would give it alone, is evaluated and
kept at the same epochs, and ends at the same one; so that in exact arithmetic the result is the engine's. In float32 it
differs by rounding, as it does between numbers of threads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from tqdm import tqdm

from rote.errors import ConfigError
from rote.progress import bar as progress_bar
from rote.seeds import Seeds
from rote.training.augmentation import Draws
from rote.training.batches import Batch, steps_per_epoch
from rote.training.course import Course, check_finite, discarded_on_failure
from rote.training.engine import check_batches
from rote.training.evaluation import BATCH, Measure, PartTargets, Targets
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.run_folder import RunFolder
from rote.training.stack import Stack
from rote.training.stack_folder import Saved, StackFolder


@dataclass(frozen=True)
class StackData:
    """What networks that are trained together see.

    Attributes
    ----------
    training : Examples
        The data set that all of them draw from; it is not copied.
    subsets : Tensor
        Numbers of the examples that each network sees, shape (T, n), int64.
    test : Examples, optional
        On the same device. Where left out, nothing is evaluated.
    targets : sequence of Targets
        What each network learns of the whole data set, if not what `training` says.
    """

    training: Examples
    subsets: Tensor
    test: Examples | None = None
    targets: Sequence[Targets] = ()


def train_stacked(
    networks: Sequence[nn.Module],
    recipe: Recipe,
    data: StackData,
    normalisation: Normalisation,
    seeds: Sequence[Seeds],
    folders: Sequence[RunFolder] = (),
    progress: bool = True,
) -> list[list[Measure]]:
    """Train networks together, in place.

    A network that reaches the recipe's train accuracy leaves the stack, and the others go on without it.

    Parameters
    ----------
    networks : sequence of Module
        T networks of one architecture; each maps (B, C, H, W) to logits (B, n_classes). They are moved to
        the device of the examples.
    recipe : Recipe
    data : StackData
    normalisation : Normalisation
        Its dtype is that of the networks' parameters.
    seeds : sequence of Seeds
        Of each network.
    folders : sequence of RunFolder, optional
        Of each network: where checkpoints are kept, and a killed stack goes on from.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    list of list of Measure
        The history of each network, in order of epochs.

    Raises
    ------
    ConfigError
        If the recipe cannot serve subsets of this size, or would end training at a train accuracy or keep the best
        epoch where nothing is evaluated, or a layer cannot be trained side by side (see
        `rote.training.side_by_side.join`).
    TrainingError
        If the loss of a network is not finite; the message names the first such. The networks are as of an earlier
        epoch, and checkpoints and state of all are deleted.
    """
    training, subsets, test, targets = data.training, data.subsets, data.test, data.targets
    n = subsets.shape[1]
    check_batches(networks[0], recipe, n)
    if test is None and (recipe.stop.train_accuracy is not None or (recipe.keep_best and folders)):
        raise ConfigError("stop.train_accuracy and keep_best need evaluations on the way: give the test set too.")
    for network in networks:
        network.to(training.device)
    kept_in: list[RunFolder | None] = list(folders) or [None] * len(networks)
    learned_by: list[Targets] = list(targets) or [training] * len(networks)
    courses = [
        Course(recipe, PartTargets.of(learned, subset), test, own.seed_key, folder)
        for learned, subset, own, folder in zip(learned_by, subsets, seeds, kept_in, strict=True)
    ]
    labels = torch.stack([course.training.labels for course in courses])
    folder = StackFolder(folders) if folders else None
    saved = folder.resume() if folder else None
    places, first = (saved.training, saved.epoch + 1) if saved else (list(range(len(networks))), 0)
    stack = Stack([networks[place] for place in places], recipe, training.device)
    normalisation = normalisation.in_layout(stack.layout)
    if saved:
        stack.restore(saved.tensors)
        for course, history in zip(courses, saved.histories, strict=True):
            course.history.extend(history)
        for place in set(range(len(networks))) - set(places):
            folders[place].load_last(networks[place])

    n_steps = steps_per_epoch(n, recipe)
    described = f"{seeds[0].seed_key} and {len(networks) - 1} more"
    with (
        progress_bar(described, n_steps * recipe.last_epoch, "step", n_steps * max(first - 1, 0), progress) as bar,
        torch.backends.cudnn.flags(enabled=True, benchmark=True),
        discarded_on_failure(folders),
    ):
        for epoch in range(first, recipe.last_epoch + 1):
            own_seeds, own_courses = [seeds[place] for place in places], [courses[place] for place in places]
            own_subsets = subsets[places]
            if epoch > 0:
                epoch_batches = stacked_batches(
                    training, own_subsets, recipe, normalisation, own_seeds, epoch, labels[places]
                )
                losses = _train_epoch(stack, epoch_batches, n_steps, epoch, bar)
                for loss, course in zip(losses, own_courses, strict=True):
                    check_finite(loss, course.name, epoch)

            if test is not None and own_courses[0].is_evaluated(epoch):
                on_train = stacked_predictions(stack, training.images, own_subsets, normalisation)
                every = torch.arange(len(test), device=training.device).expand(len(stack), -1)
                on_test = stacked_predictions(stack, test.images, every, normalisation)
                for logits, test_logits, course in zip(on_train, on_test, own_courses, strict=True):
                    course.measure(epoch, logits, test_logits)

            if any(course.is_kept(epoch) or course.is_over(epoch) for course in own_courses):
                stack.part()
                for network, course in zip(stack.networks, own_courses, strict=True):
                    course.keep(network, epoch)
                staying = [t for t, course in enumerate(own_courses) if not course.is_over(epoch)]
                if not staying:
                    break
                if len(staying) < len(stack):
                    stack, places = stack.of(staying), [places[t] for t in staying]
            if folder and folder.is_due:
                histories = [course.history for course in courses]
                folder.save(Saved(epoch, places, histories, stack.state()))
    return [course.history for course in courses]


def _train_epoch(
    stack: Stack, epoch_batches: Iterator[Batch], n_steps: int, epoch: int, bar: "tqdm[Any]"
) -> list[float]:
    """One pass of every network over its examples, in so many steps; the mean loss of each one's steps."""
    recipe, device = stack.recipe, stack.device
    stack.model.train()
    total = torch.zeros(len(stack), dtype=torch.float64, device=device)
    for step, batch in enumerate(epoch_batches, (epoch - 1) * n_steps):
        rate = recipe.schedule.learning_rate(recipe.optimizer.learning_rate, step, n_steps * recipe.epochs)
        for group in stack.optimizer.param_groups:
            group["lr"] = rate
        with recipe.autocast(device):
            logits = stack.forward(batch.inputs)
        losses = _losses(logits, batch, len(stack))
        stack.optimizer.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]  # each network's gradient is of its loss alone
        stack.optimizer.step()
        total += losses.detach()
        bar.update()
    means: list[float] = (total / n_steps).tolist()
    return means


@torch.inference_mode()
def stacked_predictions(stack: Stack, images: Tensor, chosen: Tensor, normalisation: Normalisation) -> Tensor:
    """Logits of images in evaluation mode, in which the networks are left, as of `rote.training.evaluation.predict`.

    Parameters
    ----------
    stack : Stack
        T networks.
    images : Tensor
        Shape (N, H, W, C), uint8, on the device of the networks.
    chosen : Tensor
        Numbers of the images that each network is given, shape (T, n), int64.
    normalisation : Normalisation

    Returns
    -------
    Tensor
        Shape (T, n, n_classes).
    """
    stack.model.eval()
    logits = []
    with stack.recipe.autocast(images.device):
        for block in torch.split(chosen.T, max(BATCH[images.device.type] // len(stack), 1)):
            inputs = normalisation(images[block.flatten()])
            logits.append(stack.forward(_side_by_side(inputs, len(stack), normalisation)))
    return torch.cat(logits).view(chosen.shape[1], len(stack), -1).transpose(0, 1)


def _side_by_side(inputs: Tensor, n_networks: int, normalisation: Normalisation) -> Tensor:
    """Inputs (B · T, C, H, W), those of one position together, as (B, T · C, H, W)."""
    together = inputs.view(-1, n_networks, *inputs.shape[1:]).flatten(1, 2)
    return together.contiguous(memory_format=normalisation.memory_format)


def stacked_batches(
    training: Examples,
    subsets: Tensor,
    recipe: Recipe,
    normalisation: Normalisation,
    seeds: Sequence[Seeds],
    epoch: int,
    labels: Tensor | None = None,
) -> Iterator[Batch]:
    """Batches of one epoch for T networks, those of `rote.training.batches.batches` side by side.

    Parameters
    ----------
    training, subsets, recipe, normalisation, seeds
        As in `train_stacked`.
    epoch : int
        All draws are keyed by it and by each network's seeds.
    labels : Tensor, optional
        Of the examples that each network sees, shape (T, n), int64; those of `training` where left out.

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
        if recipe.input_noise:
            of_network = inputs.view(*block.shape, *inputs.shape[1:])
            for t, noise in enumerate(noises):
                recipe.input_noise.add(of_network[:, t], normalisation, noise)
        weights = None if training.weights is None else training.weights[chosen]
        learned = training.labels[chosen] if labels is None else labels.flatten()[places]
        yield Batch(_side_by_side(inputs, n_networks, normalisation), learned, weights)


def _losses(logits: Tensor, batch: Batch, n_networks: int) -> Tensor:
    """Mean loss of each network, shape (T,), as in the engine."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    losses = cross_entropy(logits.reshape(len(batch.labels), -1), batch.labels, reduction="none")
    if batch.weights is not None:
        losses = losses * batch.weights
    return losses.view(-1, n_networks).mean(0)
