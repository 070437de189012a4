import ast
from pathlib import Path

import pytest

import rote

SOURCE = Path(rote.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
FLOORS = {
    "figures": {"tables"},
    "review": {
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
    "similarity": {"training", "models", "data", "tables"},
    "density": {"representations", "training", "models", "data", "tables"},
    "memorization": {"representations", "training", "models", "data", "tables"},
    "robustness": {"representations", "training", "models", "data", "tables"},
    "representations": {"training", "models", "data", "tables"},
    "training": {"models", "data", "tables"},
    "models": {"tables"},
    "data": {"tables"},
    "tables": set(),
    "config": set(),
    "selfcheck": {"density", "training", "models"},  # a module of the top floor
}


def room(module):
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (parts[1] in FLOORS) else None


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
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


@pytest.mark.parametrize("folder", sorted(path.parent for path in SOURCE.rglob("__init__.py")), ids=lambda p: p.name)
def test_packages_re_export_nothing(folder):
    if folder.name != "tables":
        body = ast.parse((folder / "__init__.py").read_text()).body
        assert all(isinstance(node, ast.Expr) for node in body)
