"""Taps of a network, as its options declare them: known before anything is built."""

import re
from collections.abc import Sequence

from rote.config.architecture import Architecture

INPUT = "input"  # the normalised images, a tap of every network


def tap_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of an architecture's taps, in order of depth; ``block_{layers}`` declares block_1 to block_layers."""
    names: list[str] = []
    for declared in architecture.taps:
        repeated = re.fullmatch(r"(.*)\{(\w+)\}", declared)
        numbers = range(1, getattr(architecture, repeated[2]) + 1) if repeated else ()
        names += [f"{repeated[1]}{number}" for number in numbers] if repeated else [declared]
    return tuple(names)


def relu_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of the outputs of an architecture's ReLUs, in order of depth.

    Architectures declare the number of them, the option that it equals, or the number at each depth.
    """
    options = vars(architecture)
    match architecture.relus:
        case int(number):
            pass
        case str(option):
            number = options[option]
        case by_depth:
            number = by_depth[options["depth"]]
    return tuple(f"relu_{place}" for place in range(1, number + 1))


def taps_of(architecture: Architecture, asked: Sequence[str]) -> tuple[str, ...]:
    """Taps that a set of representations has of a network.

    Parameters
    ----------
    architecture : Architecture
    asked : sequence of str, "all" or "relu"

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
    return tuple(asked)


def known_taps(architecture: Architecture) -> tuple[str, ...]:
    """Every tap that can be asked for by name."""
    return (INPUT, *tap_names(architecture), *relu_names(architecture))
