"""What a script's results depend on in code: the modules of `rote` that it uses, and a digest of their meaning."""

import ast
import hashlib
import symtable
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from rote import local_names
from rote.errors import RoteError
from rote.files import replacing


@cache
def fingerprint(script: str | Path, *modules: str) -> str:
    """Digest of the code that a script runs, blind to what does not change its meaning.

    Parameters
    ----------
    script : str or Path
        A Python file.
    modules : str
        Modules of `rote` that are imported by name at run time (an architecture, a data set).

    Returns
    -------
    str
        32 hexadecimal digits over the syntax trees of the script and of `modules_of` it, without comments,
        docstrings, formatting and the names of local variables.

    Raises
    ------
    ImportError
        If a module imports what cannot be followed to the module that holds it: a name that a package loads lazily
        for its users, such a package itself, or something by a relative import.
    """
    files = modules_of(script, *modules)
    code = [_meaning(Path(script))[0], *(f"{module} {_meaning(file)[0]}" for module, file in sorted(files.items()))]
    return hashlib.sha256("\n".join(code).encode()).hexdigest()[:32]


def modules_of(script: str | Path, *modules: str) -> dict[str, Path]:
    """Files of all modules of `rote` that a script and `modules` import, directly or not, by module.

    Imports inside functions count, and so do the packages that modules lie in. Errors as in `fingerprint`.
    Those of `rote.config` are left out: a corrected word of a description, or a new option, changes no result.
    """
    pending = [*_imports(Path(script)), *modules]
    seen: dict[str, Path | None] = {}
    while pending:
        module = pending.pop()
        if module not in seen:
            path = seen[module] = None if _declares_settings(module) else _source(module)
            pending.extend(() if path is None else _imports(path))
    return {module: path for module, path in seen.items() if path is not None}


def _declares_settings(module: str) -> bool:
    """Whether a module says which settings there are: what they are set to reaches a job through its parameters."""
    return module == "rote.config" or module.startswith("rote.config.")


@cache
def _source(module: str) -> Path | None:
    """File of a `rote` module, None for a name that is not a module (a function imported from one)."""
    root = Path(__file__).parent.parent.joinpath(*module.split("."))
    for path in (root / "__init__.py", root.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Every `rote` module that a file may import, its packages included."""
    _, names = _meaning(path)
    for name in names:
        if name.startswith((".", "rote.")) and not _can_be_followed(name):
            raise ImportError(
                f"{path} imports {name}, which is loaded lazily for users, relative or not there: "
                "import from the module that holds it, by its full name, so that what depends on that module is known."
            )
    return tuple(sorted(_packages_too(names)))


def _imported_names(tree: ast.Module) -> Iterator[str]:
    """What an import binds, by its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def _can_be_followed(name: str) -> bool:
    """Whether a name is a module without lazy names, or bound in the module before its last dot."""
    path, (owner, _, last) = _source(name), name.rpartition(".")
    if path is not None:
        return not path.with_suffix(".pyi").exists()
    holder = _source(owner)
    return holder is not None and (holder.name != "__init__.py" or last in _bound(holder))


@cache
def _bound(path: Path) -> frozenset[str]:
    """Names that the statements of a module bind."""
    table = symtable.symtable(path.read_text(encoding="utf-8"), str(path), "exec")
    return frozenset(name.get_name() for name in table.get_symbols() if name.is_assigned() or name.is_imported())


def _packages_too(names: Iterable[str]) -> set[str]:
    parts = (name.split(".") for name in names)
    return {".".join(name[: i + 1]) for name in parts if name[0] == "rote" for i in range(len(name))}


@cache
def _meaning(path: Path) -> tuple[str, tuple[str, ...]]:
    """Digest of a file's syntax tree, and the names that its imports bind, sorted; remembered beside its bytecode.

    To read the whole library takes more than a second, at each start of a study. The note names the bytes that it was
    taken of, those of what reads them too, and may be deleted at any time.
    """
    source = path.read_bytes()
    state = hashlib.sha256(_readers() + source).hexdigest()
    note = Path(cache_from_source(str(path))).with_suffix(".meaning")
    with suppress(OSError, ValueError):
        known, digest, *names = note.read_text(encoding="utf-8").split()
        if known == state:
            return digest, tuple(names)
    tree = ast.parse(source, filename=str(path))
    names = sorted(set(_imported_names(tree)))
    digest = hashlib.sha256(_text(local_names.number_local_names(_without_docstrings(tree))).encode()).hexdigest()
    with suppress(OSError, RoteError), replacing(note) as temporary:  # where nothing can be written, it is read again
        temporary.write_text("\n".join([state, digest, *names]), encoding="utf-8")
    return digest, tuple(names)


@cache
def _readers() -> bytes:
    return b"".join(Path(file).read_bytes() for file in (__file__, local_names.__file__))


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


def _text(node: object) -> str:
    """A syntax tree as text, without empty fields: Python's versions differ in those alone."""
    if isinstance(node, list):
        return f"[{','.join(map(_text, node))}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
    return f"{type(node).__name__}({','.join(f'{name}={_text(value)}' for name, value in fields)})"
