"""Published weights of pre-trained networks, as starting weights of a run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
from huggingface_hub import hf_hub_download
from torch import Tensor

from rote.errors import ConfigError, DataError
from rote.models.build import build
from rote.models.upsampled import UpsampledNetwork
from rote.outside import reading
from rote.tensors import save
from rote.training.checkpoints import load_state

FILE = "model.safetensors"  # of every network that timm keeps on the hub


def fetch_weights(
    *, architecture: Mapping[str, Any], hub_identifier: str, output: Path, copy: Path | None = None
) -> None:
    """Write the weights of a pre-trained network, its head left out, as `NetworkSpec.starting_weights` takes them.

    The head is left out because a run has classes of its own: `rote.training.checkpoints.load_weights` leaves it as
    freshly drawn. The networks were trained on pixels from −1 to 1; a run's normalisation stays that of its data set.

    Parameters
    ----------
    architecture : mapping
        `name` and options of one of the architectures that wrap timm's, with the sizes of the pre-trained network.
    hub_identifier : str
        Repository on the hub, for example ``"timm/vit_base_patch16_224.sam_in1k"``; with ``@`` and a commit, a branch
        or a tag behind it, one revision of it.
    output : Path
        Safetensors file to write. Its description names `hub_identifier` and, as ``left_out``, the head's tensors.
    copy : Path, optional
        The repository's file ``model.safetensors`` where it lies on disk, or any other in timm's naming; nothing is
        downloaded then.

    Raises
    ------
    ConfigError
        If the architecture or an option is unknown, or the architecture is none of timm's.
    DataError
        If the weights can be neither downloaded nor read.
    TrainingError
        If they are another network's.
    RoteError
        If `output` cannot be written.
    """
    options = {key: value for key, value in architecture.items() if key != "name"}
    network = build(architecture.get("name", ""), image_shape=(1, 1, 3), n_classes=1, seed=0, **options)
    if not isinstance(network, UpsampledNetwork):
        raise ConfigError(f"{architecture['name']} takes no weights from the hub: choose an architecture pretrained_….")
    path = _downloaded(hub_identifier) if copy is None else copy
    head = f"{network.taps['head'].module}."
    published = {f"layers.{name}": tensor for name, tensor in _read(path, hub_identifier).items()}
    weights = {name: tensor for name, tensor in published.items() if not name.startswith(head)}
    left_out = [name for name in network.state_dict() if name.startswith(head)]
    load_state(network, weights, path, left_out)
    save(output, weights, {"hub_identifier": hub_identifier, "left_out": left_out})


def _downloaded(hub_identifier: str) -> Path:
    repository, _, revision = hub_identifier.partition("@")
    try:
        return Path(hf_hub_download(repository, FILE, revision=revision or None))
    except Exception as error:  # the client also lets through those of its HTTP library, whichever that is
        reason, *_ = str(error).partition("\n")
        raise DataError(
            f"the weights {hub_identifier!r} cannot be downloaded from the hub ({reason}). "
            f"Check the identifier and the connection, or give the path of a copy of its {FILE}."
        ) from error


def _read(path: Path, hub_identifier: str) -> dict[str, Tensor]:
    source = f"the copy {path} of the weights {hub_identifier!r}"
    with reading(source, "a safetensors file", "Correct the path or replace the file."):
        weights: dict[str, Tensor] = safetensors.torch.load(path.read_bytes())
        for name, tensor in weights.items():
            if not tensor.isfinite().all():
                raise ValueError(f"the numbers of {name!r} are not all finite")
    return weights
