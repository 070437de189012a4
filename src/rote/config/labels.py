"""How training labels are made."""

from dataclasses import dataclass
from typing import Literal

from rote.config.bounds import Share


@dataclass(frozen=True, kw_only=True)
class Labels:
    """How training labels are corrupted; by default not at all."""

    count: Literal["exact", "independent"] = "exact"
    """exact — round(fraction · n) examples are chosen; independent — each with probability fraction."""
    fraction: Share = 0.0
    """Fraction of the training examples that is chosen."""
    new_label: Literal["any_class", "wrong_class", "shuffle"] = "any_class"
    """any_class — uniform over all classes, may stay; wrong_class — uniform over the wrong ones; shuffle — a
    permutation among the chosen."""
    file: str | None = None
    """Labels that people gave (example, label) as .npy, .npz, .csv or .parquet, instead of the other keys."""
