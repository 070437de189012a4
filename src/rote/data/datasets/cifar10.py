"""CIFAR-10 (Krizhevsky 2009): small photographs, 32×32 colour."""

from dataclasses import dataclass

import torchvision

from rote.data.torchvision_sets import CifarSet


@dataclass(frozen=True)
class DataSet(CifarSet):
    """50,000 training and 10,000 test images of 10 classes."""

    licence = "no licence stated; the publisher asks for citation of Krizhevsky (2009)"
    reader = torchvision.datasets.CIFAR10
    mean = (0.4914, 0.4822, 0.4465)  # of all training pixels, per channel
    std = (0.2470, 0.2435, 0.2616)
