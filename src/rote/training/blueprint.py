"""All that is needed to build a trained network again, its weights aside; its manifest of checkpoints records it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from rote import tables
from rote.data.images import ImageSet
from rote.errors import ConfigError, TableError
from rote.models.build import build, resolved
from rote.models.network import Network
from rote.settings import parse
from rote.tables.training import NETWORK
from rote.training.inputs import Normalisation
from rote.training.precision import Precision

InputScaling = Literal["standardised", "symmetric", "unit"]


@dataclass(frozen=True)
class Blueprint:
    """What a network is built of, and how its inputs are made of raw pixels.

    Attributes
    ----------
    architecture : mapping
        Its ``name`` and all of its options.
    image_shape : tuple of int
        (H, W, C).
    n_classes : int
    mean, std : tuple of float
        Of the normalisation, per channel, of pixels in [0, 1].
    precision : {"float32", "bfloat16"}
        In which it was trained.
    channels_last : bool
        Whether channels vary fastest in the memory of its weights and inputs.
    """

    architecture: Mapping[str, Any]
    image_shape: tuple[int, int, int]
    n_classes: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    precision: Precision = "float32"
    channels_last: bool = True

    @classmethod
    def of(
        cls,
        architecture: Mapping[str, Any],
        images: ImageSet,
        input_scaling: InputScaling = "standardised",
        precision: Precision = "float32",
        channels_last: bool = True,
    ) -> "Blueprint":
        """Blueprint of a network for images of this kind.

        Parameters
        ----------
        architecture : mapping
            `name` and options, see `rote.models.build`; options left out have their defaults.
        images : ImageSet
            The training set.
        input_scaling : {"standardised", "symmetric", "unit"}
            By which mean and standard deviation: those of the training set, or of pixels that become −1 to 1, or stay
            in [0, 1].
        precision, channels_last
            See `Blueprint`.

        Raises
        ------
        ConfigError
            If there is no such architecture.
        """
        channels = images.shape[-1]
        match input_scaling:
            case "standardised":
                mean, std = images.mean, images.std
            case "symmetric":
                mean = std = (0.5,) * channels
            case "unit":
                mean, std = (0.0,) * channels, (1.0,) * channels
        return cls(resolved(architecture), images.shape, images.n_classes, mean, std, precision, channels_last)

    @classmethod
    def read(cls, manifest: str | Path) -> "Blueprint":
        """Read a network's blueprint from its CHECKPOINTS table.

        Raises
        ------
        TableError
            If the table is missing or damaged, or does not hold all of it.
        """
        try:
            return parse(cls, tables.provenance(manifest).get(NETWORK, {}), "its network")
        except ConfigError as error:
            raise TableError(
                f"{manifest} does not say all that its network is built of, so another version of this code wrote it "
                f"({error}) Delete it and run again: the network is trained once more."
            ) from error

    def recorded(self) -> dict[str, Any]:
        """What a manifest records."""
        return {NETWORK: asdict(self)}

    @property
    def memory_format(self) -> torch.memory_format:
        """Order of weights and inputs in memory."""
        return torch.channels_last if self.channels_last else torch.contiguous_format

    def untrained(self, seed: int) -> Network:
        """Build the network with initial weights drawn from `seed`, on the CPU, in training mode and contiguous.

        Raises
        ------
        ConfigError
            If an option is unknown, or the architecture cannot serve this image shape.
        """
        options = {key: value for key, value in self.architecture.items() if key != "name"}
        shape, n_classes = self.image_shape, self.n_classes
        return build(self.architecture["name"], image_shape=shape, n_classes=n_classes, seed=seed, **options)

    def normalisation(self, device: torch.device, memory_format: torch.memory_format | None = None) -> Normalisation:
        """From raw pixels to the network's input, on a device; in the network's order in memory by default."""
        return Normalisation(self.mean, self.std, device, memory_format=memory_format or self.memory_format)
