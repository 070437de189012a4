from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from rote import tables
from rote.files import checksum
from rote.similarity import rows
from rote.tables.dynamics import GRAM_ROWS

torch.set_num_threads(1)

Stored = Callable[..., Path]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    """Write representations as Gram rows; give their manifest.

    Representations are a Tensor (batches, n, d) for every network, by tap.
    """

    def write(
        own: dict[str, Sequence[Tensor]],
        epochs: Sequence[int] | None = None,
        unrelated: dict[str, Sequence[Tensor]] | None = None,
    ) -> Path:
        count = len(next(iter(own.values())))
        epochs = range(count) if epochs is None else epochs
        listed = [
            ("own", 0, epoch, {tap: batches[i] for tap, batches in own.items()}) for i, epoch in enumerate(epochs)
        ]
        for i in range(len(next(iter(unrelated.values()))) if unrelated else 0):
            listed.append(("unrelated", i + 1, 0, {tap: batches[i] for tap, batches in unrelated.items()}))
        table = {name: [] for name in ("reference", "index", "epoch", "file", "bytes", "checksum")}
        for reference, index, epoch, taps in listed:
            path = tmp_path / "gram_rows" / f"{reference}_{index}_{epoch}.safetensors"
            rows.save(path, {tap: [rows.pack(batch) for batch in batches] for tap, batches in taps.items()})
            for name, value in zip(
                table,
                (reference, index, epoch, f"gram_rows/{path.name}", path.stat().st_size, checksum(path)),
                strict=True,
            ):
                table[name].append(value)
        manifest = tmp_path / "gram_rows.parquet"
        tables.write(manifest, GRAM_ROWS, table, {})
        return manifest

    return write


@pytest.fixture
def walk() -> Callable[..., list[Tensor]]:
    """Representations (batches, n, d) that drift at random from network to network, different in scale by batch."""

    def draw(networks: int, n_batches: int, n: int, d: int, seed: int = 0, step: float = 0.3) -> list[Tensor]:
        random = np.random.default_rng(seed)
        state = random.normal(size=(n_batches, n, d))
        states = []
        for _ in range(networks):
            states.append(torch.tensor(state * np.geomspace(1, 3, n_batches)[:, None, None], dtype=torch.float32))
            state = state + step * random.normal(size=state.shape)
        return states

    return draw
