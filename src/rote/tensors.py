"""Named tensors with a description, as safetensors files that are either absent or whole."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import safe_open
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
