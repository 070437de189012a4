"""Compilation of the sampler's functions, once: the machine code is kept on disk."""

import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

settings: Any = numba.config

Function = TypeVar("Function", bound=Callable[..., Any])

HERE = Path(__file__).parent
FASTMATH = {"reassoc", "contract", "nsz", "arcp"}  # infinities and NaNs keep their meaning


def compiled(function: Function) -> Function:
    """Compile with numba for float64; sums may be reassociated, so that they vectorise."""
    given: str = settings.CACHE_DIR
    settings.CACHE_DIR = _folder(given)
    try:
        return cast(Function, numba.njit(cache=True, error_model="numpy", fastmath=FASTMATH)(function))
    finally:
        settings.CACHE_DIR = given


@cache
def _folder(given: str) -> str:
    """Where machine code lies: below NUMBA_CACHE_DIR where that is given, or beside the sources, or in the home folder.

    Numba takes a function's code from its cache as long as the function's own file is the same, even where one that it
    calls from another file is not. So the folder's name is a digest of all files of the sampler.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(HERE.glob("*.py")))).hexdigest()[:16]
    beside = HERE / "__pycache__" if os.access(HERE, os.W_OK) else Path.home() / ".cache" / "rote"
    return str((Path(given) if given else beside) / digest)
