"""A network in two parts: what it computes up to a cut point, and what it computes from there on."""

from torch import Tensor

from rote.models.network import INPUT, Network, Segment, apply
from rote.options import check_choice


def cut_names(network: Network) -> tuple[str, ...]:
    """Names of a network's cut points, in order of depth.

    Returns
    -------
    tuple of str
        ``"input"``, the images themselves, and the segments' names, each for the output of its segment. The last is the
        logits.
    """
    return (INPUT, *network.segments())


def front(network: Network, cut: str) -> Segment:
    """The network up to a cut point.

    Parameters
    ----------
    network : Network
        Its weights and its mode are used as they are when the front is called. Gradients flow through.
    cut : str
        One of `cut_names`.

    Returns
    -------
    callable
        Maps normalised images (B, C, H, W) to the representation at the cut, of shape (B, …).

    Raises
    ------
    ConfigError
        If the network has no such cut point.
    """
    depth = _depth(network, cut)

    def run(images: Tensor) -> Tensor:
        return apply(list(network.segments().values())[:depth], images)

    return run


def tail(network: Network, cut: str) -> Segment:
    """The network from a cut point on.

    In evaluation mode ``tail(network, cut)(front(network, cut)(images))`` equals ``network(images)`` to the last bit.
    A representation that was kept in between needs the same order in memory, batches of the same size, and gradients
    enabled in all or in none (attention has other kernels without).

    Parameters
    ----------
    network, cut
        As in `front`.

    Returns
    -------
    callable
        Maps representations at the cut, of shape (B, …), to logits (B, n_classes). What it is given stays as it is, and
        may be a leaf that asks for gradients, also where the first layer after the cut works in place.

    Raises
    ------
    ConfigError
        If the network has no such cut point.
    """
    depth = _depth(network, cut)

    def run(representation: Tensor) -> Tensor:
        return apply(list(network.segments().values())[depth:], representation.clone())

    return run


def _depth(network: Network, cut: str) -> int:
    """Number of segments before a cut point."""
    names = cut_names(network)
    check_choice("cut point", cut, names)
    return names.index(cut)
