import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import rote

SOURCE = Path(rote.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(path for folder in ("src", "workflow", "benchmarks") for path in (ROOT / folder).rglob("*.py"))
FLOORS = {
    "figures": {"claims", "tables"},
    "claims": {"tables"},
    "review": {
        "config",
        "density",
        "memorization",
        "robustness",
        "similarity",
        "representations",
        "training",
        "models",
        "data",
        "tables",
    },
    "gradients": {"config", "training", "models", "data", "tables"},
    "rewinding": {"config", "training", "models", "data", "tables"},
    "stitching": {"config", "representations", "training", "models", "data", "tables"},
    "similarity": {"config", "representations", "training", "models", "data", "tables"},
    "density": {"config", "representations", "training", "models", "data", "tables"},
    "memorization": {"config", "representations", "training", "models", "data", "tables"},
    "robustness": {"config", "representations", "training", "models", "data", "tables"},
    "embedding": {"config", "representations", "training", "models", "data", "tables"},
    "geometry": {"config", "representations", "training", "models", "data", "tables"},
    "subspaces": {"config", "representations", "training", "models", "data", "tables"},
    "representations": {"config", "training", "models", "data", "tables"},
    "training": {"config", "models", "data", "tables"},
    "models": {"config", "tables"},
    "data": {"config", "tables"},
    "tables": set(),
    "config": set(),
    "selfcheck": {"density", "training", "models"},  # a module of the top floor
}


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (parts[1] in FLOORS) else None


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_only_go_down(path):
    own = room(".".join(["rote", *path.relative_to(SOURCE).with_suffix("").parts]))
    rooms = {room(name) for name in imported(path) if name.startswith("rote.")} - {None, own}
    allowed = set() if own is None else FLOORS[own]
    assert rooms <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_library_knows_nothing_of_snakemake(path):
    assert not [name for name in imported(path) if name.split(".")[0] == "snakemake"]


LAZY = """
import lazy_loader
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
"""


@pytest.mark.parametrize("folder", sorted(path.parent for path in SOURCE.rglob("__init__.py")), ids=lambda p: p.name)
def test_packages_re_export_nothing_but_what_their_stub_names(folder):
    if folder.name not in ("tables", "figures"):  # the mechanism of tables; matplotlib's first import
        documentation, *body = ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body
        assert isinstance(documentation, ast.Expr)
        expected = LAZY if (folder / "__init__.pyi").exists() else ""
        assert list(map(ast.unparse, body)) == list(map(ast.unparse, ast.parse(expected).body))


def of_bytes(owner):
    """Whether that is a module or an archive whose `open` gives bytes where no mode is given."""
    return ast.unparse(owner) in ("gzip", "tarfile", "Image", "file")


def is_text_without_encoding(call):
    """Whether a call opens a file as text in whichever encoding the locale says."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    modes = [given.get("mode"), *call.args]
    binary = any(
        isinstance(mode, ast.Constant) and re.fullmatch("[rwax+]*b[rwax+]*", str(mode.value)) for mode in modes
    )
    opened = name in ("open", "fdopen") and not (isinstance(call.func, ast.Attribute) and of_bytes(call.func.value))
    as_text = name in ("read_text", "write_text") or (opened and not binary) or "text" in given
    return as_text and "encoding" not in given


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_text_is_read_and_written_in_a_named_encoding(path):
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert [call.lineno for call in calls if is_text_without_encoding(call)] == []


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_drawn_from_numpy_s_global_generator(path):
    named = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)]
    of_numpy = {node.attr for node in named if ast.unparse(node.value) == "np.random"}
    assert of_numpy <= {"Generator", "SeedSequence", "default_rng"}


def module_of(path):
    """A file's module, by its dotted name; a package's is its `__init__.py`."""
    parts = ["rote", *path.relative_to(SOURCE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports():
    """The modules that each module imports by name, anywhere in it."""
    names = {module_of(path): set(imported(path)) for path in MODULES}
    return {module: (found & names.keys()) - {"rote"} for module, found in names.items()}


def test_no_two_modules_import_each_other_directly_or_not():
    TopologicalSorter(imports()).prepare()  # a CycleError names the circle


def test_a_circle_of_imports_is_found():
    names = imports()
    names["rote.errors"].add("rote.tables.training")
    with pytest.raises(CycleError):
        TopologicalSorter(names).prepare()
