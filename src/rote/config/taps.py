"""Taps of a network, as its options declare them: known before anything is built."""

import re
from collections.abc import Sequence

from rote.config.architecture import Architecture
from rote.config.architectures.preactivation_resnet18 import PreactivationResNet18
from rote.config.architectures.resnet import ResNet

INPUT = "input"  # the normalised images, a tap of every network


def tap_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of an architecture's taps, in order of depth; ``block_{layers}`` declares block_1 to block_layers.

    An option that lists layers stands for their number, and ``hidden or depth`` for the first that is given.
    """
    names: list[str] = []
    for declared in architecture.taps:
        repeated = re.fullmatch(r"(.*)\{(.+)\}", declared)
        numbers = range(1, _number(architecture, repeated[2]) + 1) if repeated else ()
        names += [f"{repeated[1]}{number}" for number in numbers] if repeated else [declared]
    return tuple(names)


def relu_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of the outputs of an architecture's ReLUs, in order of depth.

    Architectures declare the number of them, the options whose numbers sum to it, or the number at each depth.
    """
    match architecture.relus:
        case int(number):
            pass
        case tuple(options):
            number = sum(_number(architecture, option) for option in options)
        case by_depth:
            number = by_depth[vars(architecture)["depth"]]
    return tuple(f"relu_{place}" for place in range(1, number + 1))


def layer_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of all convolutions and blocks of a residual network, and of its head, in order of depth.

    The last block of a stage bears the stage's name. Of other architectures, the names of their taps.
    """
    if not isinstance(architecture, ResNet | PreactivationResNet18):
        return tap_names(architecture)
    n_blocks, n_convolutions = architecture.blocks[getattr(architecture, "depth", 18)]
    names = []
    for stage, last in enumerate(n_blocks, 1):
        for block in range(1, last + 1):
            name = f"stage_{stage}_block_{block}"
            names += [f"{name}_convolution_{number}" for number in range(1, n_convolutions + 1)]
            names.append(name if block < last else f"stage_{stage}")
    return ("first_convolution", *names, "fully_connected")


def taps_of(architecture: Architecture, asked: Sequence[str]) -> tuple[str, ...]:
    """Taps that a set of representations has of a network.

    Parameters
    ----------
    architecture : Architecture
    asked : sequence of str, "all", "relu" or "layers"

    Returns
    -------
    tuple of str
        In order of depth for a group, as given for a list.
    """
    match asked:
        case "all":
            return tap_names(architecture)
        case "relu":
            return relu_names(architecture)
        case "layers":
            return layer_names(architecture)
    return tuple(asked)


def known_taps(architecture: Architecture) -> tuple[str, ...]:
    """Every tap that can be asked for by name."""
    names = (INPUT, *tap_names(architecture), *layer_names(architecture), *relu_names(architecture))
    return tuple(dict.fromkeys(names))


def _number(architecture: Architecture, options: str) -> int:
    values = (vars(architecture)[option] for option in options.split(" or "))
    found = next(value for value in values if value is not None)
    return found if isinstance(found, int) else len(found)
