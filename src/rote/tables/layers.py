"""Which of a network's layers stand for all of them."""

from collections.abc import Iterable

from rote.tables.geometry import NO_LAYERS


def first_middle_last(taps: Iterable[str]) -> list[str]:
    """The first, the middle and the last layer, the images and the logits left aside.

    Parameters
    ----------
    taps : iterable of str
        In order of depth, each as often as there are rows of it.

    Returns
    -------
    list of str
        Of two layers, or of one, some are the same.
    """
    layers = [str(tap) for tap in dict.fromkeys(taps) if tap not in NO_LAYERS]
    return [layers[0], layers[(len(layers) - 1) // 2], layers[-1]]
