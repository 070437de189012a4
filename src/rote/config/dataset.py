"""The registry of data sets."""

from rote.config.datasets.arrays import Arrays
from rote.config.datasets.cifar10 import Cifar10
from rote.config.datasets.cifar100 import Cifar100
from rote.config.datasets.digits import Digits
from rote.config.datasets.fashion_mnist import FashionMnist
from rote.config.datasets.image_folder import ImageFolder
from rote.config.datasets.mini_imagenet import MiniImageNet
from rote.config.datasets.mnist import Mnist
from rote.config.datasets.spheres import Spheres
from rote.config.datasets.svhn import Svhn
from rote.config.datasets.tiny_imagenet import TinyImageNet

Published = Cifar10 | Cifar100 | Digits | FashionMnist | MiniImageNet | Mnist | Spheres | Svhn | TinyImageNet
Own = ImageFolder | Arrays
DataSet = Published | Own
