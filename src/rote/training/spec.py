"""What a network's training depends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rote.data.images import ImageSet
from rote.models.network import Network
from rote.seeds import Seeds
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import load_weights
from rote.training.recipe import Recipe


@dataclass(frozen=True)
class Spec:
    """Which kind of network is trained, and how.

    Attributes
    ----------
    architecture : mapping
        Its ``name`` and its options.
    recipe : mapping
        See `rote.training.recipe.Recipe`.
    """

    architecture: Mapping[str, Any]
    recipe: Mapping[str, Any]

    @cached_property
    def how(self) -> Recipe:
        """The recipe, parsed; a ConfigError names what is wrong with it."""
        return Recipe.from_config(self.recipe)

    def blueprint(self, images: ImageSet) -> Blueprint:
        """What the network is built of, for a training set; a ConfigError as of `Blueprint.of`."""
        how = self.how
        return Blueprint.of(self.architecture, images, how.input_scaling, how.precision, how.channels_last)


@dataclass(frozen=True)
class NetworkSpec(Spec):
    """What the training of one network depends on.

    Attributes
    ----------
    seed : int
        Tells networks from one another that are equal but for their random draws.
    seed_name : str, optional
        Keys these draws in place of the network's name: those that share it and the seed start from equal weights and
        see their examples in the same order.
    starting_weights : str, optional
        Safetensors file of weights to begin with.
    subset : int or str, optional
        What the network sees of the training set: so many examples, or those of a SUBSET table. Equal numbers give
        equal examples within a study, and a smaller number a part of a larger one's.
    """

    seed: int = 0
    starting_weights: str | None = None
    subset: int | str | None = None
    seed_name: str | None = None

    def seeds(self, own: Seeds) -> Seeds:
        """Seeds of the training, of the network's own, whose key is its name."""
        return Seeds(own.study_seed, self.seed_name or own.seed_key).within(f"seed {self.seed}")

    def network(self, blueprint: Blueprint, seeds: Seeds) -> Network:
        """The network before training, on the CPU: starting weights where there are some, else drawn ones.

        Raises
        ------
        ConfigError
            If the architecture cannot serve the images.
        TrainingError
            If the starting weights are missing, damaged or of another network.
        """
        network = blueprint.untrained(seeds.integer_seed("initialisation"))
        if self.starting_weights is not None:
            load_weights(network, Path(self.starting_weights))
        return network

    @property
    def files(self) -> list[Path]:
        """Files that the training reads beside images and labels."""
        return [Path(file) for file in (self.starting_weights, self.subset) if isinstance(file, str)]
