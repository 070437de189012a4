"""Named tensors with a description, as safetensors files that are either absent or whole."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rote.files import replacing

KEY = "rote"  # one key alone: safetensors writes several in an order that differs from run to run


def save(path: Path, tensors: Mapping[str, Tensor], description: Mapping[str, Any] | None = None) -> bytes:
    """Write tensors, in order of their names.

    Parameters
    ----------
    path : Path
    tensors : mapping of str to Tensor
        On any device and in any layout.
    description : mapping, optional
        What JSON can hold.

    Returns
    -------
    bytes
        What was written; equal tensors and descriptions give equal bytes.

    Raises
    ------
    RoteError
        If the file cannot be written.
    """
    copies = {
        name: tensor.detach().clone(memory_format=torch.contiguous_format).cpu() for name, tensor in tensors.items()
    }
    content = safetensors.torch.save(copies, None if description is None else {KEY: json.dumps(description)})
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    return content


def description(path: Path) -> dict[str, Any]:
    """Description given to `save`, empty where there was none.

    Raises
    ------
    FileNotFoundError, safetensors.SafetensorError
        If the file is missing or damaged.
    """
    with safe_open(path, "pt") as file:
        found: dict[str, Any] = json.loads((file.metadata() or {}).get(KEY, "{}"))
        return found


class Described(NamedTuple):
    """Named tensors and their description."""

    tensors: Mapping[str, Tensor]
    description: Mapping[str, Any]


@dataclass(frozen=True)
class TensorForm:
    """Form of parts that are tensors, see `rote.parts.Form`; the digest stands in the description."""

    suffix: str = ".safetensors"

    def write(self, path: Path, value: Described, digest: str) -> None:
        """Write tensors; errors as of `save`."""
        save(path, value.tensors, {**value.description, "digest": digest})

    def read(self, path: Path) -> Described:
        """Tensors on the CPU; errors as of `description`."""
        with safe_open(path, "pt") as file:
            return Described({name: file.get_tensor(name) for name in file.keys()}, description(path))  # noqa: SIM118

    def digest(self, path: Path) -> str | None:
        """The digest that a file's description names, None where there is no whole file."""
        with suppress(FileNotFoundError, SafetensorError):
            return description(path).get("digest")
        return None
