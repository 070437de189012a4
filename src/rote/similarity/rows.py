"""Gram rows as estimators of similarity read them.

What is stored of a network (`rote.representations.gram_rows`) serves both estimators of CKA. When read, it becomes a
vector whose inner product with another is the CKA of the two.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from rote import tables
from rote.errors import DataError
from rote.files import checksum
from rote.options import check_choice
from rote.similarity.cka import ESTIMATORS, FEWEST_EXAMPLES, Estimator
from rote.tables.representations import GRAM_ROWS
from rote.tensors import description

RESOLUTION = 1e-6  # of a row at unit norm, in float32: what is smaller is rounding


@dataclass(frozen=True)
class GramRows:
    """Gram rows of one tap, of networks in a given order.

    Attributes
    ----------
    tap : str
    epochs : ndarray
        Of each network, int64 (E,).
    indices : ndarray
        Of each network's initialisation, int64 (E,).
    paths : tuple of Path
        Of each network's file.
    norms : Tensor
        Float64 (E, batches, 2), as the module says.
    n : int
        Examples of a batch.
    """

    tap: str
    epochs: NDArray[np.int64]
    indices: NDArray[np.int64]
    paths: tuple[Path, ...]
    norms: Tensor
    n: int

    def __len__(self) -> int:
        return len(self.paths)

    @property
    def n_batches(self) -> int:
        """Number of batches."""
        return self.norms.shape[1]

    @property
    def length(self) -> int:
        """Length of a row as it is compared, n(n+1)/2."""
        return self.n * (self.n + 1) // 2

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> "GramRows":
        paths = tuple(np.array(self.paths, dtype=object)[chosen])
        return GramRows(self.tap, self.epochs[chosen], self.indices[chosen], paths, self.norms[chosen], self.n)

    def __add__(self, other: "GramRows") -> "GramRows":
        return GramRows(
            self.tap,
            np.concatenate([self.epochs, other.epochs]),
            np.concatenate([self.indices, other.indices]),
            self.paths + other.paths,
            torch.cat([self.norms, other.norms]),
            self.n,
        )

    def norms_for(self, estimator: Estimator) -> Tensor:
        """Norms of the Gram matrices as the estimator centres them, float64 (batches, E)."""
        return self.norms[:, :, ESTIMATORS.index(estimator)].T

    def block(self, batch: int, columns: slice, estimator: Estimator) -> Tensor:
        """A block of the unit vectors whose inner products are CKAs.

        Parameters
        ----------
        batch : int
        columns : slice
            Which of the vectors' `length` entries.
        estimator : {"biased", "unbiased"}

        Returns
        -------
        Tensor
            Float32 (E, columns). Entries beside the diagonal stand for two and are multiplied by √2.
        """
        start, stop, _ = columns.indices(self.length)
        i, j = _places(self.n, start, stop)
        block = torch.empty(len(self), stop - start)
        for out, path, norms in zip(block, self.paths, self.norms[:, batch], strict=True):
            with _opened(path) as file:
                stored = file.get_slice(f"rows/{self.tap}")
                if len(stored.get_shape()) == 2:
                    diagonal, values = stored[batch, : self.n], stored[batch, start:stop]
                else:
                    features = stored[batch]
                    first = int(i.min())
                    rows = features[first : int(i.max()) + 1] @ features.T
                    diagonal, values = features.square().sum(1), rows[i - first, j]
            if estimator == "unbiased":
                centring = diagonal / (self.n - 2) - diagonal.mean() * self.n / (2 * (self.n - 1) * (self.n - 2))
                values = (values + centring[i] + centring[j]) * (norms[0] / norms[1]).float()
            out[:] = values
        on_diagonal = min(max(self.n - start, 0), stop - start)
        block[:, on_diagonal:] *= 2**0.5
        if estimator == "unbiased":
            block[:, :on_diagonal] = 0
        return block

    def matrix(self, network: int, batch: int) -> Tensor:
        """Centred Gram matrix of one network and batch at unit norm, float32 (n, n)."""
        with _opened(self.paths[network]) as file:
            row: Tensor = file.get_slice(f"rows/{self.tap}")[batch]
        if row.ndim == 2:
            return row @ row.T
        i, j = torch.triu_indices(self.n, self.n, 1)
        matrix = row[: self.n].diag()
        matrix[i, j] = matrix[j, i] = row[self.n :]
        return matrix


def taps(manifest: Path) -> tuple[str, ...]:
    """Taps of a run's Gram rows, in order of depth."""
    table = tables.read(manifest, GRAM_ROWS, ["file"])
    if not len(table):
        raise DataError(f"{manifest} lists no Gram rows. Delete it and run again.")
    path = manifest.parent / table["file"][0].as_py()
    with _opened(path):
        return tuple(description(path)["taps"])


def epochs(manifest: Path) -> NDArray[np.int64]:
    """Epochs of all of a run's checkpoints, ascending, int64 (E,), whether or not they have a CKA at some tap."""
    table = tables.read(manifest, GRAM_ROWS, ["reference", "epoch"]).to_pandas()
    return np.sort(table.loc[table["reference"] == "own", "epoch"].to_numpy(np.int64))


def load(manifest: Path, tap: str, reference: str = "own", *, estimator: Estimator = "biased") -> GramRows:
    """Open the Gram rows of one tap, of a run's checkpoints or of the unrelated initialisations.

    Parameters
    ----------
    manifest : Path
        GRAM_ROWS table.
    tap : str
    reference : {"own", "unrelated"}
    estimator : {"biased", "unbiased"}
        That the rows shall serve.

    Returns
    -------
    GramRows
        In order of epoch, or of the number of the initialisation. Networks that have no CKA are left out: in one of the
        batches the representation is constant (a head that begins at zero, a layer that died), or all that the
        estimator sees of it is rounding (the unbiased one, of a layer that one image alone excites). None may be left.

    Raises
    ------
    ConfigError
        If the rows have no such tap; the message lists those they have.
    DataError
        If a file of the manifest is missing or damaged, or if the batches are too small for the estimator.
    """
    check_choice("tap", tap, taps(manifest))
    table = tables.read(manifest, GRAM_ROWS).to_pandas().sort_values(["epoch", "index"])
    with _opened(manifest.parent / table["file"].iloc[0]) as file:
        shape = file.get_slice(f"rows/{tap}").get_shape()
    table = table[table["reference"] == reference]
    paths = [manifest.parent / file for file in table["file"]]
    for path, expected in zip(paths, table["checksum"], strict=True):
        if not path.is_file() or _checksum(path, path.stat().st_mtime_ns) != expected:
            raise DataError(f"{path} is missing or damaged. Delete {manifest} and run again.")
    n = shape[1] if len(shape) == 3 else int((8 * shape[1] + 1) ** 0.5) // 2
    if n < FEWEST_EXAMPLES[estimator]:
        raise DataError(f"batches of {n} images are too small for the {estimator} estimator: draw larger ones.")
    norms = torch.stack([_read(path, f"norms/{tap}") for path in paths]) if paths else torch.empty(0, shape[0], 2)
    varied = (norms[:, :, ESTIMATORS.index(estimator)] > RESOLUTION * norms[:, :, 0]).all(1).numpy()
    epochs, indices = (table[name].to_numpy(np.int64) for name in ("epoch", "index"))
    return GramRows(tap, epochs, indices, tuple(paths), norms, n)[np.flatnonzero(varied)]


@cache
def _checksum(path: Path, modified: int) -> str:
    """Checksum of a file as it was modified last: every tap's rows lie in the same files."""
    return checksum(path)


def _places(n: int, start: int, stop: int) -> tuple[Tensor, Tensor]:
    """Row and column in the Gram matrix of entries `start` to `stop` of a stored row, int64 each."""
    entry = torch.arange(start, stop)
    beside = entry - n
    lengths = torch.arange(n - 1, 0, -1)
    ends = lengths.cumsum(0)
    i = torch.searchsorted(ends, beside, right=True)
    j = beside - (ends - lengths)[i.clamp(max=n - 2)] + i + 1
    return torch.where(beside < 0, entry, i), torch.where(beside < 0, entry, j)


def _read(path: Path, name: str) -> Tensor:
    with _opened(path) as file:
        tensor: Tensor = file.get_tensor(name)
        return tensor.clone()  # the tensor itself would keep the whole file mapped


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, "pt") as file:
            yield file
    except (FileNotFoundError, SafetensorError) as error:
        raise DataError(f"{path} is missing or damaged ({error}). Delete it and its table, and run again.") from error
