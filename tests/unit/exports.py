"""What the packages of rote export to users, as their stubs say it."""

import ast
from importlib import import_module
from pathlib import Path

import rote

SOURCE = Path(rote.__file__).parent
STUBS = sorted(SOURCE.rglob("__init__.pyi"))


def package_of(stub):
    return ".".join(["rote", *stub.parent.relative_to(SOURCE).parts])


def names(stub):
    """Module and name of every export of a package."""
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    return [(node.module, alias.name) for node in body for alias in node.names]


EXPORTS = [(package_of(stub), name) for stub in STUBS for _, name in names(stub)]


def exported(package, name):
    """The object, as a user gets it."""
    return getattr(import_module(package), name)
