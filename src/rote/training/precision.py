"""The precision in which a network computes."""

from contextlib import AbstractContextManager
from typing import Any, Literal

import torch

Precision = Literal["float32", "bfloat16"]


def autocast(precision: Precision, device: torch.device) -> AbstractContextManager[Any]:
    """Context in which a network computes, in training and evaluation alike: bfloat16 for products under autocast."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
