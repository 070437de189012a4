"""Gradients in the course of training (paper 2)."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from rote.config.bounds import Whole


@dataclass(frozen=True, kw_only=True)
class Gradients:
    """Parts of the gradient that depend on the labels and that do not, layer by layer (Figs 5, A.1, A.12 to A.14)."""

    epochs: Literal["all"] | Annotated[tuple[Whole, ...], MinLen(1)] = "all"
    """Checkpoints at which gradients are taken, all or a list of epochs of the recipe's grid."""
    centred_by: Annotated[tuple[Literal["none", "classes", "label_frequency"], ...], MinLen(1)] = (
        "classes",
        "label_frequency",
    )
    """What moves between the two parts: none (Eq. 6); classes, the mean over examples and classes (Eq. 15);
    label_frequency, the mean by the labels' frequencies, which leaves no imbalance of labels in the dependent part (Eqs
    2 and 16)."""
    recalibrated: tuple[Whole, ...] = (0,)
    """Epochs at which the statistics of batch norms are first estimated on the training examples; those of an untrained
    network are of no data."""
