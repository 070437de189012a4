"""Activations of all images at a cut point, computed once and read again at every step."""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


class Room(NamedTuple):
    """Where activations may lie; it changes no result."""

    memory: int = 4 << 30
    """Bytes of the device's memory; what is larger lies in a file"""
    folder: Path | None = None
    """Of this file; the system's folder of temporary files where left out"""


IN_MEMORY = Room()


class KeptActivations:
    """Activations in memory or, where they are larger than a limit, in a file that goes with the process.

    Parameters
    ----------
    n : int
        Number of images.
    room : Room

    Notes
    -----
    What is read has the order in memory of what was written, channels last or not: kernels differ between the two.
    """

    def __init__(self, n: int, room: Room) -> None:
        self.n, self.room = n, room
        self._filled = 0
        self._rows: Tensor | None = None

    def append(self, activation: Tensor) -> None:
        """Keep the activation of the next images, (B, …)."""
        if self._rows is None:
            self._make(activation)
        assert self._rows is not None
        stored = activation.permute(0, 2, 3, 1) if self._channels_last else activation
        self._rows[self._filled : self._filled + len(activation)] = stored.to(self._rows.device)
        self._filled += len(activation)

    def __getitem__(self, chosen: Tensor) -> Tensor:
        """Activations of images of these numbers, (B,) int64, on the device that they were computed on."""
        assert self._rows is not None, "nothing was kept"
        rows = self._rows[chosen.to(self._rows.device)].to(self._device)
        return rows.permute(0, 3, 1, 2) if self._channels_last else rows

    @property
    def in_file(self) -> bool:
        """Whether they lie in a file."""
        return self._file is not None

    def __enter__(self) -> "KeptActivations":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows = None
        if self._file is not None:
            self._file.close()

    _file: "tempfile._TemporaryFileWrapper[bytes] | None" = None

    def _make(self, first: Tensor) -> None:
        self._device = first.device
        self._channels_last = first.ndim == 4 and first.is_contiguous(memory_format=torch.channels_last)
        shape = (self.n, *(first.permute(0, 2, 3, 1) if self._channels_last else first).shape[1:])
        if first.element_size() * int(np.prod(shape)) <= self.room.memory:
            self._rows = first.new_empty(shape)
            return
        if self.room.folder is not None:
            self.room.folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=self.room.folder, prefix=".activations.")  # noqa: SIM115
        mapped = np.memmap(self._file.name, first.cpu().numpy().dtype, "w+", shape=shape)
        self._rows = torch.from_numpy(mapped)
