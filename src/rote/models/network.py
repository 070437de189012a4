"""What every network of the study is: a classifier of images that declares its taps."""

from typing import Literal

from torch import nn


class Network(nn.Module):
    """A classifier of images that declares its taps.

    Takes float images of shape (B, C, H, W) and gives logits of shape (B, n_classes).

    Attributes
    ----------
    taps : dict of str to str
        Name of each tap and the path of the submodule whose output is its representation, in order of depth.
    token_pooling : {"class_token", "mean"} or None
        How an output of tokens (B, T, F) becomes one vector per image: its first token, or the mean over tokens. None
        for a network without tokens.
    """

    taps: dict[str, str]
    token_pooling: Literal["class_token", "mean"] | None = None
