"""Named sets of representations: of which images, epochs and taps, and what is kept of them."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from rote.config.bounds import Count, Whole

Epoch = Whole | Literal["first", "best", "last"]


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images that representations are taken of: all of a split, a balanced subset, or batches."""

    split: Literal["train", "test"]
    """train or test."""
    per_class: Count | None = None
    """Images of each class: a fixed subset, drawn once for the data set."""
    batches: Count | None = None
    """Number of disjoint batches with classes as even as can be, drawn once for the data set; gram rows are of
    batches, or of a subset as one batch."""
    batch_size: Annotated[int, Ge(8)] | None = None
    """Images in a batch; 512 where left out, or as many as the images allow."""


@dataclass(frozen=True, kw_only=True)
class RepresentationSet:
    """A set of representations, recorded once for each run that a study takes it of."""

    form: Literal["gram", "pooled", "flat", "manifolds"]
    """gram, the centred Gram matrix of each batch; pooled, a vector for each image, averaged over space or as the
    network pools its tokens; flat, each image's output as it is, flattened; manifolds, the inner products of classes
    of four groups of images (unpermuted, permuted, restored, test), from which manifold geometry follows."""
    images: Images | None = None
    """Images that representations are taken of; not given for manifolds, which are of training and of test images."""
    images_per_class: Annotated[int, Ge(2)] | None = None
    """Of manifolds alone: images of each class in every group, drawn once for the data set, the labels and their seed;
    fewer where a class of some group has fewer, equally many in all groups. 50 where left out."""
    least_images_per_class: Annotated[int, Ge(2)] | None = None
    """Of manifolds alone: the fewest images of a class with which work starts. 20 where left out."""
    epochs: Literal["all", "last"] | Annotated[tuple[Epoch, ...], MinLen(1)] | None = None
    """Checkpoints: all, or last, or a list of epochs of the recipe's grid, in which first, best (the earliest of the
    lowest error on the test set, which the recipe must keep: keep_best) and last may stand; where left out, all of gram
    rows and the last of other forms."""
    taps: Literal["all", "relu", "layers"] | Annotated[tuple[str, ...], MinLen(1)] = "all"
    """Layers: all, those that the architecture declares; relu, the output of every call of a ReLU; or a list of
    names, among them relu_1, relu_2 and so on, and input, the normalised images."""
    unrelated_initialisations: Whole | None = None
    """Untrained networks, unrelated to the run, that are recorded beside it (Fig. 19 of paper 5); where left out, 3
    with gram rows and none with feature vectors."""
