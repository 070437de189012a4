"""Options of one entry that must suit one another."""

from collections.abc import Iterator
from itertools import pairwise
from math import isqrt

from rote.config.architecture import Architecture
from rote.config.architectures.pretrained_mlp_mixer import PretrainedMlpMixer
from rote.config.architectures.pretrained_vision_transformer import PretrainedVisionTransformer
from rote.config.architectures.vision_transformer import VisionTransformer
from rote.config.dataset import Own
from rote.config.datasets.arrays import Arrays
from rote.config.datasets.spheres import Spheres
from rote.config.density_model import DensityModel
from rote.config.faults import Fault, Path
from rote.config.grids import Grid
from rote.config.optimizers import Sgd
from rote.config.study import Study


def label_options(study: Study) -> Iterator[Fault]:
    """Labels from a file that are corrupted too."""
    for name, labels in study.labels.items():
        if labels.file is not None and labels.fraction > 0:
            yield Fault(("labels", name), "labels come from a file or are corrupted, not both: delete file or fraction")


def data_set_options(study: Study) -> Iterator[Fault]:
    """Options of data sets that do not suit one another."""
    for name, dataset in study.datasets.items():
        path = ("datasets", name)
        if isinstance(dataset, Spheres):
            ambient = dataset.ambient_dimension
            if isqrt(ambient) ** 2 != ambient:
                yield Fault((*path, "ambient_dimension"), f"{ambient} is given, and it must be a square: write 1024")
            if dataset.dimension > ambient:
                yield Fault((*path, "dimension"), f"{dataset.dimension} is given, and the space has {ambient}")
            if dataset.classes > 2 * ambient:
                yield Fault((*path, "classes"), f"{dataset.classes} is given, and there is room for {2 * ambient}")
        if isinstance(dataset, Own) and len(set(dataset.class_names or ())) < len(dataset.class_names or ()):
            yield Fault((*path, "class_names"), "a name is given twice: give each class a name of its own")
        if isinstance(dataset, Arrays) and dataset.range is not None and not dataset.range[0] < dataset.range[1]:
            yield Fault((*path, "range"), f"write the least value first, not {list(dataset.range)}")


def recipe_options(study: Study) -> Iterator[Fault]:
    """Options of recipes that do not suit one another."""
    for name, recipe in study.recipes.items():
        path = ("recipes", name)
        if isinstance(recipe.optimizer, Sgd) and recipe.optimizer.nesterov and recipe.optimizer.momentum == 0:
            yield Fault((*path, "optimizer"), "nesterov needs a momentum above 0: give one, as in momentum: 0.9")
        for key in ("evaluation", "checkpoints"):
            yield from _grid(getattr(recipe, key), (*path, key))


def _grid(grid: Grid, path: Path) -> Iterator[Fault]:
    if sum(way is not None for way in vars(grid).values()) != 1:
        yield Fault(path, "a grid of epochs is given by one of every, piecewise, logarithmic: give one")
    if grid.logarithmic and sum(way is not None for way in vars(grid.logarithmic).values()) != 1:
        yield Fault((*path, "logarithmic"), "it is given by one of points_per_decade, count: give one")
    pieces = grid.piecewise or ()
    for first, end, step in pieces:
        if first >= end:
            yield Fault((*path, "piecewise"), f"the piece {[first, end, step]} is not [first, end > first, step]")
    for (_, end, _), (first, _, _) in pairwise(pieces):
        if first < end:
            yield Fault((*path, "piecewise"), f"pieces overlap: one ends at {end}, the next begins at {first}")


def architecture_options(study: Study) -> Iterator[Fault]:
    """Options of architectures that do not suit one another."""
    for name, architecture in study.architectures.items():
        path = ("architectures", name)
        if isinstance(architecture, VisionTransformer | PretrainedVisionTransformer):
            yield from _multiple(architecture, "hidden_size", "heads", path)
        if isinstance(architecture, PretrainedVisionTransformer | PretrainedMlpMixer):
            yield from _multiple(architecture, "input_size", "patch_size", path)


def _multiple(architecture: Architecture, of: str, by: str, path: Path) -> Iterator[Fault]:
    whole, part = getattr(architecture, of), getattr(architecture, by)
    if whole % part:
        yield Fault(path, f"{of} must be a multiple of {by}, and {whole} is not one of {part}: change one of them")


def density_model_options(study: Study) -> Iterator[Fault]:
    """Options of density models that leave nothing to keep."""
    fitting = study.class_fitting
    for key in ("complexity", "divergences"):
        tolerance = getattr(fitting, key)
        if max(tolerance.relative_standard_error, tolerance.standard_error) == 0:
            says = "both standard errors are 0, which no number of draws reaches: give one above 0"
            yield Fault(("class_fitting", key), says)
    models: dict[Path, DensityModel] = {
        ("sampler",): fitting.sampler,
        **{("protocols", name): own for name, own in fitting.protocols.items()},
    }
    for where, model in models.items():
        if not _keeps_sweeps(model):
            says = (
                f"of {model.n_sweeps} sweeps, {model.n_discarded} discarded and every {model.keep_every}th kept, none "
                "is left: raise n_sweeps or lower n_discarded"
            )
            yield Fault(("class_fitting", *where), says)


def _keeps_sweeps(model: DensityModel) -> bool:
    return model.n_discarded + model.keep_every <= model.n_sweeps
