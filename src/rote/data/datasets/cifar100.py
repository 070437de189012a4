"""CIFAR-100 (Krizhevsky 2009): small photographs, 32×32 colour, with the fine labels."""

from dataclasses import dataclass

import torchvision

from rote.data.torchvision_sets import CifarSet


@dataclass(frozen=True)
class DataSet(CifarSet):
    """50,000 training and 10,000 test images of 100 classes."""

    licence = "no licence stated; the publisher asks for citation of Krizhevsky (2009)"
    reader = torchvision.datasets.CIFAR100
    mean = (0.507, 0.487, 0.441)  # as in Jamroz & Kurdziel's and Feldman & Zhang's code; of all training pixels
    std = (0.267, 0.256, 0.276)
