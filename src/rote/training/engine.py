"""The training loop."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.batchnorm import _BatchNorm
from tqdm import tqdm

from rote.errors import ConfigError
from rote.progress import bar as progress_bar
from rote.seeds import Seeds
from rote.training.batches import Batch, batches, steps_per_epoch
from rote.training.course import Course, check_finite, discarded_on_failure
from rote.training.evaluation import Measure, predict
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.layout import training_layout
from rote.training.recipe import Recipe
from rote.training.run_folder import RunFolder


def train(
    model: nn.Module,
    recipe: Recipe,
    training: Examples,
    test: Examples,
    normalisation: Normalisation,
    seeds: Seeds,
    folder: RunFolder | None = None,
    progress: bool = True,
) -> list[Measure]:
    """Train a network, in place.

    Parameters
    ----------
    model : Module
        Maps (B, C, H, W) to logits (B, n_classes). It is moved to the device of the examples.
    recipe : Recipe
    training, test : Examples
        On the same device.
    normalisation : Normalisation
        Its dtype is that of the network's parameters.
    seeds : Seeds
    folder : RunFolder, optional
        Where checkpoints are kept, and a killed run goes on from.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    list of Measure
        The history, in order of epochs.

    Raises
    ------
    ConfigError
        If the recipe cannot serve this number of examples.
    TrainingError
        If the loss is not finite. Checkpoints and state are deleted.
    """
    check_batches(model, recipe, len(training))
    n_steps = steps_per_epoch(len(training), recipe)
    layout = training_layout(model, recipe.memory_format, training.device)
    model.to(training.device).to(memory_format=layout)
    normalisation = normalisation.in_layout(layout)
    optimizer = recipe.optimizer.build(model.parameters())
    forward = torch.compile(model) if recipe.compile else model

    course = Course(recipe, training, test, seeds.seed_key, folder)
    first = folder.resume(model, optimizer, course.history) if folder else 0
    done = n_steps * max(first - 1, 0)
    with (
        progress_bar(seeds.seed_key, n_steps * recipe.last_epoch, "step", done, progress) as bar,
        torch.backends.cudnn.flags(enabled=True, benchmark=True),
        discarded_on_failure([folder] if folder else []),
    ):
        for epoch in range(first, recipe.last_epoch + 1):
            if epoch > 0:
                model.train()
                loss = train_epoch(forward, optimizer, recipe, training, normalisation, seeds, epoch, bar)
                check_finite(loss, seeds.seed_key, epoch)

            if course.is_evaluated(epoch):
                on_train = predict(model, training.images, normalisation, recipe.precision, forward)
                on_test = predict(model, test.images, normalisation, recipe.precision, forward)
                course.measure(epoch, on_train, on_test)
                bar.set_postfix_str(course.summary(), refresh=False)

            course.keep(model, epoch)
            if course.is_over(epoch):
                break
            if folder:
                folder.save(model, optimizer, course.history, epoch)
    return course.history


def train_epoch(
    forward: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    recipe: Recipe,
    training: Examples,
    normalisation: Normalisation,
    seeds: Seeds,
    epoch: int,
    bar: "tqdm[Any] | None" = None,
) -> float:
    """One pass over the training set, with the network in the mode that it is in.

    Parameters
    ----------
    forward : callable
        The network, or the compiled network.
    optimizer : Optimizer
        Of the network's parameters.
    recipe, training, normalisation, seeds
        As in `train`.
    epoch : int
        Counted from 1.
    bar : tqdm, optional
        Moved on by one at every step.

    Returns
    -------
    float
        Mean loss of the steps. Asking for it is the only time that the loop waits for the device.
    """
    device, n_steps = training.device, steps_per_epoch(len(training), recipe)
    total = torch.zeros((), dtype=torch.float64, device=device)
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(seeds.integer_seed("dropout", epoch))
        for step, batch in enumerate(batches(training, recipe, normalisation, seeds, epoch), (epoch - 1) * n_steps):
            rate = recipe.schedule.learning_rate(recipe.optimizer.learning_rate, step, n_steps * recipe.epochs)
            for group in optimizer.param_groups:
                group["lr"] = rate
            with recipe.autocast(device):
                logits = forward(batch.inputs)
            loss = _loss(logits, batch)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.detach()
            if bar is not None:
                bar.update()
    return total.item() / n_steps


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    """Mean over the batch of each example's cross-entropy times its weight."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # bfloat16 is too coarse for a loss
    if batch.weights is None:
        return cross_entropy(logits, batch.labels)
    return (cross_entropy(logits, batch.labels, reduction="none") * batch.weights).mean()


def check_batches(model: nn.Module, recipe: Recipe, n: int) -> None:
    """Refuse, by a ConfigError, a recipe whose batches `n` examples cannot fill or whose last one has no variance."""
    if steps_per_epoch(n, recipe) == 0:
        raise ConfigError(
            f"a batch of {recipe.batch_size} cannot be filled from {n} examples, and drop_last leaves out the rest: "
            "lower batch_size or keep the last batch."
        )
    if not any(isinstance(module, _BatchNorm) for module in model.modules()):
        return
    if recipe.batch_size == 1 or n == 1:
        raise ConfigError(
            f"batches of {recipe.batch_size} from {n} example(s) have one example each, from which batch normalisation "
            "has no variance: set a batch_size of 2 or more and train on 2 examples or more (subset)."
        )
    if not recipe.drop_last and n % recipe.batch_size == 1:
        raise ConfigError(
            f"batches of {recipe.batch_size} leave one of {n} examples alone in the last batch, from which batch "
            "normalisation has no variance: set drop_last or another batch_size."
        )
