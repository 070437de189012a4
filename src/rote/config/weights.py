"""Pre-trained weights."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Pre-trained weights of a network but for its head."""

    architecture: str
    """A name under architectures."""
    hub_identifier: str
    """Name of the weights in timm's registry."""
    copy: str | None = None
    """A safetensors file of these weights, instead of a download."""
