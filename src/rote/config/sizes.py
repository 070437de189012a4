"""What is known of data before they are there: numbers of images, their shape, numbers of classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from rote.config.dataset import DataSet
from rote.config.datasets.arrays import Arrays
from rote.config.datasets.image_folder import ImageFolder
from rote.config.datasets.spheres import Spheres
from rote.config.datasets.tiny_imagenet import TinyImageNet
from rote.config.study import Study


@dataclass(frozen=True)
class Size:
    """Size of a data set: (H, W, C) of its images in pixels and channels, and numbers."""

    image_shape: tuple[int, int, int]
    n_train: int
    n_test: int
    n_classes: int


IMAGES_OF_A_BATCH = 512  # as in paper 5, appendix F.2
LEAST_IMAGES = 8


def batch_size(study: Study, images: str) -> int | None:
    """Images in a batch of a set that leaves them out: 512, or as many as the study's smallest test set allows.

    None if they are of data of one's own, whose number is known to a job alone.
    """
    runs = study.training_dynamics.runs
    named = [run for run, of in runs.items() if of == images] if isinstance(runs, Mapping) else []
    sizes = [size_of(study.datasets[study.runs[run].dataset]) for run in named]
    batches = study.training_dynamics.images[images].batches
    known = [size.n_test // batches for size in sizes if size is not None]
    return min([IMAGES_OF_A_BATCH, *known]) if len(known) == len(sizes) else None


def size_of(dataset: DataSet) -> Size | None:
    """Size of a data set under its options; None for data of one's own, which are not looked at before work starts."""
    match dataset:
        case ImageFolder() | Arrays():
            return None
        case Spheres():
            side, n = isqrt(dataset.ambient_dimension), dataset.classes
            return Size((side, side, 1), n * dataset.train_per_class, n * dataset.test_per_class, n)
        case TinyImageNet():
            shape = dataset.size, dataset.size, 3
            return Size(shape, dataset.n_train, dataset.n_test, dataset.n_classes)
        case _:
            return Size(dataset.image_shape, dataset.n_train, dataset.n_test, dataset.n_classes)
