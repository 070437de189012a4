"""Taps of a network, as its options declare them: known before anything is built."""

import re

from rote.config.architecture import Architecture


def tap_names(architecture: Architecture) -> tuple[str, ...]:
    """Names of an architecture's taps, in order of depth; ``block_{layers}`` declares block_1 to block_layers."""
    names: list[str] = []
    for declared in architecture.taps:
        repeated = re.fullmatch(r"(.*)\{(\w+)\}", declared)
        numbers = range(1, getattr(architecture, repeated[2]) + 1) if repeated else ()
        names += [f"{repeated[1]}{number}" for number in numbers] if repeated else [declared]
    return tuple(names)
