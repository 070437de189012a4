"""The whole configuration: what is studied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rote.config.architecture import Architecture
from rote.config.bounds import Whole
from rote.config.class_fitting import ClassFitting
from rote.config.dataset import DataSet
from rote.config.geometry import Geometry
from rote.config.labels import Labels
from rote.config.masc import Masc
from rote.config.memorization import Memorization
from rote.config.recipe import Recipe
from rote.config.representations import Images, RepresentationSet
from rote.config.run import Run
from rote.config.stitching import Stitching
from rote.config.training_dynamics import TrainingDynamics
from rote.config.verification import Verification
from rote.config.weights import Weights


@dataclass(frozen=True, kw_only=True)
class Study:
    """What is studied. Where and on what it runs stands in profiles/."""

    # Pydantic's, for this class and all below it.
    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
        "use_attribute_docstrings": True,
    }

    name: str
    """Results go to results/NAME, so that two configurations never touch each other's files."""
    seed: Whole = 1
    """The study's one seed; every draw is keyed by it and by what the draw is for."""
    data_root: str | None = None
    """Folder with copies of published archives (torchvision's layout); null to download what has a public address.
    Changing it re-runs nothing."""
    drop_checkpoints: bool = False
    """Whether a run keeps its last checkpoint alone once all representations are recorded. Changes no result: who reads
    the others later has them trained again."""
    datasets: Mapping[str, DataSet] = field(default_factory=dict)
    """Data sets by name, each with its options."""
    labels: Mapping[str, Labels] = field(default_factory=dict)
    """Label corruptions by a name of your choice."""
    architectures: Mapping[str, Architecture] = field(default_factory=dict)
    """Architectures by a name of your choice, each with the options of its module in src/rote/models."""
    recipes: Mapping[str, Recipe] = field(default_factory=dict)
    """Training recipes by a name of your choice."""
    weights: Mapping[str, Weights] = field(default_factory=dict)
    """Pre-trained weights by a name of your choice, from which runs can start."""
    runs: Mapping[str, Run] = field(default_factory=dict)
    """Trained networks by a name of your choice; every study refers to runs by name, so that studies share them."""
    representations: Mapping[str, RepresentationSet] = field(
        default_factory=lambda: {
            "test_batches": RepresentationSet(form="gram", images=Images(split="test", batches=4)),
            "training_images": RepresentationSet(form="pooled", images=Images(split="train")),
        }
    )
    """Sets of representations by a name of your choice; studies name them. Where no set of Gram rows is named there is
    test_batches, and where none of feature vectors is, training_images."""
    training_dynamics: TrainingDynamics = field(default_factory=TrainingDynamics)
    """The study of training dynamics (paper 5)."""
    class_fitting: ClassFitting = field(default_factory=ClassFitting)
    """The study of class fitting (paper 1)."""
    geometry: Geometry = field(default_factory=Geometry)
    """The study of manifold geometry (paper 2)."""
    stitching: Stitching = field(default_factory=Stitching)
    """The study of stitched networks (paper 3)."""
    masc: Masc = field(default_factory=Masc)
    """The study of latent generalization (paper 4)."""
    memorization: Memorization = field(default_factory=Memorization)
    """Memorization scores from trials on random subsets (paper 1)."""
    verification: Verification = field(default_factory=Verification)
    """What `snakemake verify` computes again; nothing else depends on it."""
