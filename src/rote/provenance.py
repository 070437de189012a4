"""Where a result comes from: the packages it depends on, and the form in which files say so."""

import json
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

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
    """Provenance as compact JSON, the form in which files carry it.

    Keys stay in the order given: that of a parameter's can have a meaning, as titles in the order of a comparison.
    """
    return json.dumps(provenance, separators=(",", ":")).encode()
