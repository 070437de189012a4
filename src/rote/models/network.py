"""What every network of the study is: a classifier of images that declares its taps."""

from torch import nn


class Network(nn.Module):
    """A classifier of images that declares its taps.

    Takes float images of shape (B, C, H, W) and gives logits of shape (B, n_classes).

    Attributes
    ----------
    taps : dict of str to str
        Name of each tap and the path of the submodule whose output is its representation, in order of depth.
    """

    taps: dict[str, str]
