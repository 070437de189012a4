"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): articles of clothing, 28×28 grey."""

from dataclasses import dataclass

import torchvision

from rote.data.torchvision_sets import IdxSet


@dataclass(frozen=True)
class DataSet(IdxSet):
    """60,000 training and 10,000 test images of 10 classes."""

    licence = "MIT, Zalando SE"
    reader = torchvision.datasets.FashionMNIST
    mean = (0.2860,)  # of all training pixels
    std = (0.3530,)
