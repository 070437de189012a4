"""Compilation of a folder's functions, once: the machine code is kept on disk."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import numba
from llvmlite.binding import get_host_cpu_name

from rote.errors import RoteError
from rote.files import locked, replacing

settings: Any = numba.config

Function = TypeVar("Function", bound=Callable[..., Any])

FASTMATH = {"reassoc", "contract", "nsz", "arcp"}  # infinities and NaNs keep their meaning


def compiled(function: Function) -> Function:
    """Compile with numba for float64; sums may be reassociated, so that they vectorise."""
    given: str = settings.CACHE_DIR
    settings.CACHE_DIR = _folder(given, Path(function.__code__.co_filename).parent)
    try:
        return cast(Function, numba.njit(cache=True, error_model="numpy", fastmath=FASTMATH)(function))
    finally:
        settings.CACHE_DIR = given


@cache
def compile_elsewhere(statement: str, sources: Path) -> None:
    """Have another process compile, where no machine code is kept, so that this one only loads.

    Code that has just been compiled inlines more than the same code loaded, and reassociated sums then differ in their
    last digits: the first fit on a machine would not have the bytes of the next. For the same reason that process
    starts from nothing, whatever a killed one left or another one has compiled so far.

    Parameters
    ----------
    statement : str
        Python that runs what is to be compiled.
    sources : Path
        The folder that all functions to be compiled lie in.

    Raises
    ------
    RoteError
        If the other process fails.
    """
    if settings.DISABLE_JIT:
        return
    folder = Path(_folder(settings.CACHE_DIR, sources))
    whose = f"{sources}, {numba.__version__}, {get_host_cpu_name()}"
    mark = folder / f"compiled_{hashlib.sha256(whose.encode()).hexdigest()[:16]}"
    if mark.exists():
        return
    with ExitStack() as held:
        with suppress(RoteError):  # without locks, jobs that start together compile the same side by side
            held.enter_context(locked(mark.with_suffix(".lock")))
        if not mark.exists():
            _compile(statement, sources, folder, mark)


def _compile(statement: str, sources: Path, folder: Path, mark: Path) -> None:
    with TemporaryDirectory() as apart:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "NUMBA_CACHE_DIR": apart}
        done = subprocess.run([sys.executable, "-c", statement], env=environment, capture_output=True)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise RoteError(f"{sources.name} could not be compiled: {said}")
        for kept in Path(apart).rglob("*.nb?"):
            with replacing(folder / kept.relative_to(_folder(apart, sources))) as temporary:
                shutil.copyfile(kept, temporary)
    with replacing(mark) as temporary:
        temporary.touch()


@cache
def _folder(given: str, sources: Path) -> str:
    """Where machine code lies: below NUMBA_CACHE_DIR where that is given, or beside the sources, or among the caches.

    Numba takes a function's code from its cache as long as the function's own file is the same, even where one that it
    calls from another file is not. So the folder's name is a digest of all files beside it.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.glob("*.py")))).hexdigest()[:16]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "rote")
    for place in [Path(given)] if given else [sources / "__pycache__", caches]:
        with suppress(OSError, RuntimeError):  # it cannot be made, or nobody knows the home folder
            place = place.expanduser()
            place.mkdir(parents=True, exist_ok=True)
            if os.access(place, os.W_OK):
                return str(place / digest)
    raise RoteError(
        f"the machine code of {sources.name} has no place: {place} cannot be written to. "
        "Say where it may lie: NUMBA_CACHE_DIR=/a/folder."
    )
