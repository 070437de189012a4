"""Networks by the name of their architecture.

An architecture is a module of this package with a function ``build(image_shape, n_classes, **options)``, all options
given. Their names, defaults and bounds are declared in `rote.config.architectures`.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, get_args

import torch

from rote.config.architecture import Architecture
from rote.models.network import Network
from rote.options import check_choice, check_positive
from rote.settings import defaults, parse

OPTIONS = {options.name: options for options in get_args(Architecture)}


def architectures() -> tuple[str, ...]:
    """Names of all architectures, in alphabetical order."""
    return tuple(sorted(OPTIONS))


def resolved(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """An architecture with all of its options, those left out by their defaults.

    Parameters
    ----------
    architecture : mapping
        `name` and options.

    Returns
    -------
    dict

    Raises
    ------
    ConfigError
        If there is no architecture of this name.
    """
    name = architecture.get("name", "")
    check_choice("architecture", name, architectures())
    return {**defaults(OPTIONS[name]), **architecture}


def build(
    architecture: str, *, image_shape: tuple[int, int, int], n_classes: int, seed: int, **options: Any
) -> Network:
    """Build an untrained network.

    Parameters
    ----------
    architecture : str
        Name of a module in `rote.models`, for example ``"preactivation_resnet18"``.
    image_shape : tuple of int
        Height and width in pixels and number of channels, (H, W, C). The network's input is (B, C, H, W).
    n_classes : int
    seed : int
        Seed of the initial weights. Equal seeds give equal bytes, as the weights are drawn on the CPU.
    **options
        The architecture's own, see `rote.config.architectures`; those left out have the defaults declared there.

    Returns
    -------
    Network
        On the CPU, in training mode. The global random state is as before.

    Raises
    ------
    ConfigError
        If the architecture, an option or its value is unknown or cannot serve this image shape.
    """
    check_choice("architecture", architecture, architectures())
    make = import_module(f"rote.models.{architecture}").build
    given = dict(vars(parse(OPTIONS[architecture], options, architecture)))
    del given["name"]
    height, width, channels = image_shape
    check_positive(image_height=height, image_width=width, image_channels=channels, n_classes=n_classes)

    with torch.random.fork_rng(devices=[]), torch.device("cpu"):
        torch.default_generator.manual_seed(seed)  # torch.manual_seed would reseed the GPUs as well
        network: Network = make(image_shape, n_classes, **given)
    return network
