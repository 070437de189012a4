"""Where a result comes from: the seed of each draw and the packages it depends on."""

import hashlib
import json
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

PACKAGES = (
    "arviz",
    "numba",
    "numpy",
    "pyarrow",
    "safetensors",
    "scikit-learn",
    "scipy",
    "timm",
    "torch",
    "torchvision",
)


def seed_sequence(study_seed: int, purpose: str, run: str = "", index: int = 0) -> np.random.SeedSequence:
    """Seed of a draw, keyed by what the draw is for and by nothing else.

    Parameters
    ----------
    study_seed : int
        The study's one seed.
    purpose : str
        What is drawn, for example ``"batch order"``.
    run : str
        The run, data set or table that the draw belongs to.
    index : int
        Number of the draw: an epoch, a trial.

    Returns
    -------
    numpy.random.SeedSequence
        Independent of batch, shard, worker count and resumption.
    """
    digest = hashlib.sha256(json.dumps([purpose, run, index]).encode()).digest()
    return np.random.SeedSequence(study_seed, spawn_key=tuple(np.frombuffer(digest, "<u4").tolist()))


def generator(study_seed: int, purpose: str, run: str = "", index: int = 0) -> np.random.Generator:
    """NumPy generator of `seed_sequence`, with the same parameters."""
    return np.random.default_rng(seed_sequence(study_seed, purpose, run, index))


def integer_seed(study_seed: int, purpose: str, run: str = "", index: int = 0) -> int:
    """63-bit seed of `seed_sequence` for generators that take an integer, such as torch's."""
    return int(seed_sequence(study_seed, purpose, run, index).generate_state(1, np.uint64)[0] >> 1)


@cache
def package_versions() -> dict[str, str]:
    """Versions of the packages that results depend on, by name, of those that this environment has.

    The code of `rote` itself is told by its fingerprint (`rote.code`): a new version number alone changes no result.
    """
    versions = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def as_metadata(provenance: dict[str, Any]) -> bytes:
    """Provenance as canonical JSON, the form in which files carry it."""
    return json.dumps(provenance, sort_keys=True, separators=(",", ":")).encode()
