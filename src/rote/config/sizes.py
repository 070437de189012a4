"""What is known of data before they are there: numbers of images, their shape, numbers of classes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isqrt

from rote.config.dataset import DataSet
from rote.config.datasets.arrays import Arrays
from rote.config.datasets.image_folder import ImageFolder
from rote.config.datasets.spheres import Spheres
from rote.config.datasets.tiny_imagenet import TinyImageNet
from rote.config.references import measured, named_runs
from rote.config.study import Study


@dataclass(frozen=True)
class Size:
    """Size of a data set: (H, W, C) of its images in pixels and channels, and numbers."""

    image_shape: tuple[int, int, int]
    n_train: int
    n_test: int
    n_classes: int

    def images(self, split: str) -> int:
        """Number of images of a split, train or test."""
        return self.n_train if split == "train" else self.n_test


IMAGES_OF_A_BATCH = 512  # as in paper 5, appendix F.2
LEAST_IMAGES = 8


def batch_size(study: Study, name: str) -> int | None:
    """Images in a batch of a set of representations that leaves them out: 512, or as many as its images allow.

    Of several data sets the smallest counts. None if there is one of one's own, whose number of images is known to a
    job alone.
    """
    images = study.representations[name].images
    assert images is not None  # batches are asked for
    sizes = [size_of(study.datasets[study.runs[run].dataset]) for run in runs_of_sets(study)[name]]
    known = [size.images(images.split) // (images.batches or 1) for size in sizes if size is not None]
    return min([IMAGES_OF_A_BATCH, *known]) if len(known) == len(sizes) else None


def runs_of_sets(study: Study) -> dict[str, list[str]]:
    """Runs that studies take each set of representations of, references being spelled out."""
    found: dict[str, list[str]] = {name: [] for name in study.representations}
    dynamics, fitting, geometry = study.training_dynamics, study.class_fitting, study.geometry
    assert isinstance(dynamics.runs, Mapping)
    assert isinstance(fitting.runs, Mapping)
    taken = [*dynamics.runs.items()]
    taken += [(run, fitting.reductions[name].representations or "") for run, name in fitting.runs.items()]
    taken += [(run, one.manifolds) for one in measured(geometry).values() for run in one.runs if one.manifolds]
    taken += [
        (run, one.representations)
        for one in study.stitching.experiments.values()
        for repetition in one.repetitions.values()
        for runs in named_runs(repetition).values()
        for run in runs
        if one.representations
    ]
    for run, name in taken:
        found[name] += [] if run in found[name] else [run]
    return found


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
