"""Augmentation of training images."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Le


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """A random crop and a random flip, in batches on the device, of raw pixels."""

    crop_padding: Annotated[int, Ge(0), Le(1024)] = 0
    """Pixels of zero padding before a crop to the image's size; 0 for no crop."""
    flip: bool = False
    """Horizontal flip with probability ½."""
