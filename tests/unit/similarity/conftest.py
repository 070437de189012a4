from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.unit.small_tables import write_gram_rows

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
        return write_gram_rows(tmp_path, listed)

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
