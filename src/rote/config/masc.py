"""The study of latent generalization: classes as subspaces of a network's layers (paper 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from rote.config.bounds import Count, ProperShare, Share, Whole
from rote.config.components import Components


@dataclass(frozen=True, kw_only=True)
class LatentExperiment:
    """Runs that are equal but for their seeds, trained on labels of one degree of corruption."""

    title: str
    """Title of its figures."""
    runs: Annotated[tuple[str, ...], MinLen(1)] | str
    """Its runs, one a seed: names, families, patterns such as mlp_*; or one family or pattern. Fewer than four are
    judged over test images in place of seeds."""
    reversed: str | None = None
    """A name under labels, for networks trained on true labels: subspaces are made of these labels too, which the
    networks never saw."""
    taps: Literal["all"] | Annotated[tuple[str, ...], MinLen(1)] | None = None
    """Where its representations are taken; as masc.taps says where left out."""
    retraining: bool = False
    """Whether each network is trained further on labels that its own subspaces give, and on its own labels beside."""


@dataclass(frozen=True, kw_only=True)
class Retraining:
    """Training a memorized network further on labels that its own class subspaces give (Fig. 4)."""

    epochs: Count = 30
    """Epochs of the training, from the memorized weights with a fresh optimiser; the rest is the run's own recipe."""
    patience: Count = 3
    """Training counts as stopped where accuracy on the selection part of the test set has not risen for so many epochs.
    It goes on to its end nevertheless, and is read up to there."""
    short: Count = 10
    """Epoch at which accuracy is told too, as without stopping."""
    labels: Literal["in_sample", "cross_fitted"] = "in_sample"
    """Whether subspaces that were made of an example too relabel it, as published, or those of the other folds."""


@dataclass(frozen=True, kw_only=True)
class Masc:
    """The study of latent generalization (paper 4)."""

    experiments: Mapping[str, LatentExperiment] = field(default_factory=dict)
    """Networks at one degree of label corruption, by a name of your choice."""
    taps: Literal["all"] | Annotated[tuple[str, ...], MinLen(1)] = "all"
    """Where representations are taken: all, the input and every declared tap, or a list of taps. A layer of d features
    takes 8 d² bytes a class where a class has more examples than features."""
    epochs: Literal["all"] | Annotated[tuple[Whole | Literal["first", "last"], ...], MinLen(1)] = ("first", "last")
    """Checkpoints whose representations are taken: all for accuracy against epoch; or a list, in which first is the
    untrained network, the control, and last must be."""
    components: Annotated[tuple[Components, ...], MinLen(1)] = (
        Components(share=0.99),
        Components(share=0.75),
        Components(share=0.5),
        Components(share=0.25),
        Components(number=1),
    )
    """Components of class subspaces, {share: s} or {number: r} each; the first are those that claims are judged and
    networks retrained with."""
    labellings: Annotated[tuple[Literal["corrupted", "true"], ...], MinLen(1)] = ("corrupted", "true")
    """Labels that subspaces are made of: corrupted, those that the network was trained on, and true ones."""
    folds: Annotated[int, Ge(2)] = 2
    """Parts of the training examples; cross-fitted is what subspaces of all parts but an example's own say."""
    baselines: tuple[Literal["class_means", "discriminant"], ...] = ("class_means", "discriminant")
    """What is made of the same labels beside: class means by angle, and linear discriminant analysis."""
    shrinkage: Share = 0.01
    """Of the covariance of the discriminant analysis, towards a multiple of the identity."""
    selection_share: ProperShare = 0.2
    """Share of each class's test images on which layers and epochs are chosen; scores are of the others."""
    retraining: Retraining = field(default_factory=Retraining)
    """How networks are trained further, of the experiments that ask for it."""
