"""How well a network does on a set of examples."""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rote.training.inputs import Normalisation
from rote.training.precision import Precision, autocast

BATCH = {"cpu": 256, "cuda": 2048}


class Measure(NamedTuple):
    """One row of a history, see `rote.tables.training.HISTORY`."""

    epoch: int
    subset: str
    examples: int
    loss: float
    error: float
    standard_error: float


@torch.inference_mode()
def predict(
    model: nn.Module,
    images: Tensor,
    normalisation: Normalisation,
    precision: Precision,
    forward: Callable[[Tensor], Tensor] | None = None,
) -> Tensor:
    """Logits of images in evaluation mode, in which the network is left, without augmentation or noise.

    Parameters
    ----------
    model : Module
    images : Tensor
        Shape (n, H, W, C), uint8, on the device of the network.
    normalisation : Normalisation
    precision : {"float32", "bfloat16"}
        Of the training.
    forward : callable, optional
        The compiled network.

    Returns
    -------
    Tensor
        Shape (n, n_classes).
    """
    model.eval()
    with autocast(precision, images.device):
        blocks = torch.split(images, BATCH[images.device.type])
        return torch.cat([(forward or model)(normalisation(block)) for block in blocks])


class Targets(Protocol):
    """What the predictions of a set of examples are held against: `rote.training.examples.Examples`, or a part."""

    @property
    def labels(self) -> Tensor:
        """Labels to train on, shape (n,), int64."""

    @property
    def true_labels(self) -> Tensor:
        """Published labels, shape (n,), int64."""

    @property
    def permuted(self) -> Tensor:
        """Whether an example was chosen for label corruption, shape (n,), bool."""


class PartTargets(NamedTuple):
    """Targets of a part of a set of examples."""

    labels: Tensor
    true_labels: Tensor
    permuted: Tensor

    @classmethod
    def of(cls, whole: Targets, chosen: Tensor) -> "PartTargets":
        """Those of the examples of these numbers, shape (n,), int64."""
        return cls(whole.labels[chosen], whole.true_labels[chosen], whole.permuted[chosen])


class Group(NamedTuple):
    """Examples of which an accuracy is told."""

    of: Literal["training", "test"]
    labels: Tensor
    """What counts as right, of all examples of the set, shape (n,), int64"""
    members: Tensor
    """Which of them belong to it, shape (n,), bool"""


def groups(training: Targets, test: Targets) -> dict[str, Group]:
    """Groups of examples by the names of `rote.tables.training.HISTORY`, those without examples left out."""
    found = {
        "train": Group("training", training.labels, torch.ones_like(training.permuted)),
        "unpermuted": Group("training", training.labels, ~training.permuted),
        "permuted": Group("training", training.labels, training.permuted),
        "restored": Group("training", training.true_labels, training.permuted),
        "test": Group("test", test.true_labels, torch.ones_like(test.permuted)),
    }
    return {name: group for name, group in found.items() if group.members.any()}


def evaluate(
    train_logits: Tensor, training: Targets, test_logits: Tensor, test: Targets, epoch: int
) -> Iterator[Measure]:
    """Loss and error on the parts of the training set and on the test set, accumulated in float64.

    Parameters
    ----------
    train_logits, test_logits : Tensor
        Shapes (n, n_classes) and (n_test, n_classes).
    training, test : Targets
        Of the examples that they are of.
    epoch : int

    Yields
    ------
    Measure
        For each subset that has examples.
    """
    for name, (of, labels, part) in groups(training, test).items():
        logits, n = train_logits if of == "training" else test_logits, int(part.sum())
        loss = cross_entropy(logits[part].double(), labels[part]).item()
        error = int((logits[part].argmax(1) != labels[part]).sum()) / n
        yield Measure(epoch, name, n, loss, error, sqrt(error * (1 - error) / n))
