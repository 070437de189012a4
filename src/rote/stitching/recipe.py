"""How stitches are trained, with parts that can act."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rote.config import stitching
from rote.errors import TrainingError
from rote.seeds import Seeds
from rote.settings import defaults, parse
from rote.training.optimizers import Adam, Sgd
from rote.training.schedules import Constant, Cosine, OneCycleLinear

LAST = 0.1  # share of the steps over which a loss is averaged


@dataclass(frozen=True, kw_only=True)
class StitchRecipe(stitching.StitchRecipe):
    """How stitches are trained; its settings are those of `rote.config.stitching.StitchRecipe`."""

    optimizer: Adam | Sgd
    schedule: Constant | OneCycleLinear | Cosine

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "StitchRecipe":
        """Parse a recipe; a ConfigError names what is wrong, see `rote.settings.parse`."""
        return parse(cls, {**defaults(stitching.StitchRecipe), **config}, "recipe of stitches")


def train_stitches(
    stitches: Sequence[nn.Module],
    logits: Callable[[Tensor], Tensor],
    labels: Tensor,
    recipe: StitchRecipe,
    seeds: Seeds,
) -> list[float]:
    """Train stitches side by side on the same batches, each for its own loss.

    Parameters
    ----------
    stitches : sequence of Module
        S stitches, left in training mode.
    logits : callable
        Maps numbers of examples (B,), int64, to the logits with every stitch, (S, B, n_classes).
    labels : Tensor
        Of all examples, shape (n,), int64.
    recipe : StitchRecipe
    seeds : Seeds
        Of the order of the examples, drawn anew for each pass.

    Returns
    -------
    list of float
        Mean cross-entropy of each stitch over the last tenth of the steps, in nats.

    Raises
    ------
    TrainingError
        If a loss is not finite.
    """
    for stitch in stitches:
        stitch.train()
    optimizer = recipe.optimizer.build([parameter for stitch in stitches for parameter in stitch.parameters()])
    last = max(1, round(LAST * recipe.steps))
    summed = torch.zeros(len(stitches), dtype=torch.float64, device=labels.device)
    step = passes = 0
    while step < recipe.steps:
        order = torch.from_numpy(seeds.generator("order of stitching", passes).permutation(len(labels)))
        for chosen in torch.split(order.to(labels.device), recipe.batch_size)[: recipe.steps - step]:
            for group in optimizer.param_groups:
                group["lr"] = recipe.schedule.learning_rate(recipe.optimizer.learning_rate, step, recipe.steps)
            of_stitches = logits(chosen)
            target = labels[chosen].expand(len(stitches), -1)
            loss = cross_entropy(of_stitches.flatten(0, 1), target.flatten(), reduction="none")
            losses = loss.view(len(stitches), -1).mean(1)
            optimizer.zero_grad()
            losses.sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            step += 1
            if step > recipe.steps - last:
                summed += losses.detach()
        passes += 1
    if not bool(summed.isfinite().all()):
        raise TrainingError("the loss of a stitch is not finite. Lower the learning rate of the recipe of stitches.")
    return [float(total) / last for total in summed]
