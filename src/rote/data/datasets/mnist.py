"""MNIST (LeCun, Cortes & Burges 1998): handwritten digits, 28×28 grey."""

from dataclasses import dataclass

import torchvision

from rote.data.torchvision_sets import IdxSet


@dataclass(frozen=True)
class DataSet(IdxSet):
    """60,000 training and 10,000 test images of 10 classes."""

    licence = "CC BY-SA 3.0, Yann LeCun and Corinna Cortes"
    reader = torchvision.datasets.MNIST
    mean = (0.1307,)  # of all training pixels, as in PyTorch's MNIST example
    std = (0.3081,)
