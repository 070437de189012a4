"""What packages export to users: every name is there, loaded when first used, and in the page of examples."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from tests.unit.exports import EXPORTS, SOURCE, STUBS, exported, names, package_of

PACKAGES = [package_of(stub) for stub in STUBS]
LOADED = """
import sys
import {package}
print(*sys.modules)
"""


@pytest.mark.parametrize(("package", "name"), EXPORTS)
def test_an_exported_name_is_that_of_its_module(package, name):
    assert exported(package, name).__module__.startswith((f"{package}.", "rote.config."))
    assert exported(package, name).__name__ == name


@pytest.mark.parametrize("stub", STUBS, ids=package_of)
def test_no_export_is_named_like_a_module(stub):
    """So that an import of such a name says which of the two it means."""
    modules = {path.stem for path in stub.parent.iterdir()}
    assert not modules & {name for _, name in names(stub)}


@pytest.mark.parametrize("stub", STUBS, ids=package_of)
def test_a_type_checker_takes_names_for_exported(stub):
    """A stub exports `import A as A` and keeps `import A` to itself."""
    lines = [line for line in stub.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert lines == [f"from .{module} import {name} as {name}" for module, name in names(stub)]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_import_of_a_package_loads_none_of_its_modules_and_nothing_heavy(package):
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(package=package)],
        env={**os.environ, "PYTHONPATH": str(SOURCE.parent)},
        check=True,
        text=True,
        capture_output=True,
    )
    modules = set(done.stdout.split())
    assert {name for name in modules if name.split(".")[0] == "rote"} == {"rote", package}
    assert not modules & {"numba", "numpy", "pandas", "pyarrow", "scipy", "sklearn", "torch"}


@pytest.mark.parametrize("package", PACKAGES)
def test_completion_offers_the_exports(package):
    assert set(dir(import_module(package))) >= {name for owner, name in EXPORTS if owner == package}
