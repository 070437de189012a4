"""Where a result comes from: the seed of each draw, the code and the packages it depends on."""

import ast
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
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

    The code of `rote` itself is told by its fingerprint: a new version number alone changes no result.
    """
    versions = {}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


@cache
def fingerprint(script: str | Path, *modules: str) -> str:
    """Digest of the code that a script runs, comments, docstrings and formatting left out.

    Parameters
    ----------
    script : str or Path
        A Python file.
    modules : str
        Modules of `rote` that are imported by name at run time (an architecture, a data set).

    Returns
    -------
    str
        32 hexadecimal digits over the syntax trees of the script, of `modules` and of every `rote` module that
        these import, directly or not.
    """
    pending = [*_imports(Path(script)), *modules]
    seen: dict[str, str] = {}
    while pending:
        module = pending.pop()
        if module in seen:
            continue
        path = _source(module)
        seen[module] = "" if path is None else _digest(path)
        if path is not None:
            pending.extend(_imports(path))
    code = [_digest(Path(script)), *(f"{name} {seen[name]}" for name in sorted(seen) if seen[name])]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:32]


@cache
def _source(module: str) -> Path | None:
    """File of a `rote` module, None for a name that is not a module (a function imported from one)."""
    root = Path(__file__).parent.parent.joinpath(*module.split("."))
    for path in (root / "__init__.py", root.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(ast.dump(_without_docstrings(_tree(path))).encode()).hexdigest()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:] or [ast.Pass()]
    return tree


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Every `rote` module that a file may import, its packages included."""
    return tuple(sorted(_packages_too(_imported_names(_tree(path)))))


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _packages_too(names: Iterable[str]) -> set[str]:
    parts = (name.split(".") for name in names)
    return {".".join(name[: i + 1]) for name in parts if name[0] == "rote" for i in range(len(name))}


def as_metadata(provenance: dict[str, Any]) -> bytes:
    """Provenance as canonical JSON, the form in which files carry it."""
    return json.dumps(provenance, sort_keys=True, separators=(",", ":")).encode()
