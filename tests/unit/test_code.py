import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rote
from rote.code import fingerprint, modules_of

SOURCE = Path(rote.__file__).parents[1]
SCRIPTS = sorted((SOURCE.parent / "workflow/scripts").glob("*.py"))
SCRIPT = '''"""A script."""
from rote.similarity.cka import linear_cka

# why
print(linear_cka)
'''


@pytest.fixture
def digest(tmp_path):
    """Fingerprint of a script over a copy of the library that the test may edit."""
    shutil.copytree(SOURCE / "rote", tmp_path / "rote", ignore=shutil.ignore_patterns("__pycache__"))
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def of_copy(*modules):
        code = f"from rote.code import fingerprint; print(fingerprint({str(script)!r}, *{modules!r}))"
        return subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(tmp_path)},
            cwd=tmp_path,
            check=True,
            text=True,
            capture_output=True,
        ).stdout

    of_copy.folder = tmp_path
    return of_copy


def append(path, text):
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize("file", ["script.py", "rote/similarity/cka.py", "rote/errors.py"])
def test_comments_docstrings_and_blank_lines_do_not_change_the_fingerprint(digest, file):
    before = digest()
    path = digest.folder / file
    text = path.read_text()
    assert '"""' in text
    path.write_text("# a comment\n\n" + text.replace('"""', '"""Differently put: ', 1) + "\n\n# another\n")
    assert digest() == before


def test_a_whole_library_in_another_layout_has_the_same_fingerprint(digest):
    before = digest()
    for path in digest.folder.rglob("*.py"):
        path.write_text(ast.unparse(ast.parse(path.read_text())))
    assert digest() == before


def test_a_renamed_local_variable_does_not_change_the_fingerprint(digest):
    before = digest()
    path = digest.folder / "rote/errors.py"
    function = "\n\ndef of_three(factor):\n    {0} = factor * 3\n    return [{1} - {0} for {1} in range({0})]\n"
    append(path, function.format("product", "row"))
    with_function = digest()
    assert with_function != before
    path.write_text(path.read_text().replace("product", "threefold").replace("row", "line"))
    assert digest() == with_function


@pytest.mark.parametrize(
    "file", ["script.py", "rote/similarity/cka.py", "rote/errors.py", "rote/similarity/__init__.py"]
)
def test_a_changed_line_in_the_script_or_in_what_it_imports_changes_the_fingerprint(digest, file):
    before = digest()
    append(digest.folder / file, "\nCHANGED = 1\n")
    assert digest() != before


def test_a_module_that_is_not_imported_does_not_matter(digest):
    before = digest()
    append(digest.folder / "rote/models/preactivation_resnet18.py", "\nCHANGED = 1\n")
    assert digest() == before


def test_a_module_named_at_run_time_matters(digest):
    before = digest("rote.models.preactivation_resnet18")
    append(digest.folder / "rote/models/preactivation_resnet18.py", "\nCHANGED = 1\n")
    assert digest("rote.models.preactivation_resnet18") != before


def test_an_added_export_does_not_change_the_fingerprint(digest):
    before = digest()
    append(digest.folder / "rote/similarity/__init__.pyi", "from .cka import ESTIMATORS as ESTIMATORS\n")
    assert digest() == before


@pytest.mark.parametrize(
    "line",
    [
        "from rote.density import DirichletProcessGaussianMixture",
        "from rote.density import *",
        "import rote.density",
        "import rote.density as density",
        "from rote import density",
        "from rote.density import absent",
        "from .mixture import DirichletProcessGaussianMixture",
        "from . import mixture",
        "def late():\n    from rote.density import DirichletProcessGaussianMixture",
    ],
)
def test_an_import_that_cannot_be_followed_is_refused(tmp_path, line):
    script = tmp_path / "script.py"
    script.write_text(f"{line}\n")
    with pytest.raises(ImportError, match=r"script\.py imports .*: import from the module that holds it"):
        fingerprint(script)


@pytest.mark.parametrize(
    ("line", "modules"),
    [
        ("from rote.density.prior import NormalInverseWishart", {"rote.density", "rote.density.prior"}),
        ("from rote.density import prior", {"rote.density", "rote.density.prior"}),
        ("import rote.density.prior", {"rote.density", "rote.density.prior"}),
        ("from rote.tables import Column", {"rote.tables"}),
        ("from rote import tables", {"rote.tables"}),
        ("from numpy import *", set()),
    ],
)
def test_an_import_of_a_module_or_of_what_a_package_itself_binds_is_followed(tmp_path, line, modules):
    script = tmp_path / "script.py"
    script.write_text(f"{line}\n")
    assert modules <= modules_of(script).keys()


def test_fingerprints_repeat_within_a_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert fingerprint(script) == fingerprint(script)


LOADED = """
import ast, sys
from pathlib import Path

for name in sys.argv[1:]:
    body = ast.parse(Path(name).read_text()).body
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(imports, []), name, "exec"))
    seen = set()
    while new := {module for module in sys.modules if module.split(".")[0] == "rote"} - seen:
        seen |= new
        for module in new:  # what a function imports when it is called is code of the script too
            nodes = list(ast.walk(ast.parse(Path(sys.modules[module].__file__).read_text())))
            inner = [node for function in nodes if isinstance(function, ast.FunctionDef) for node in ast.walk(function)]
            late = [node for node in inner if isinstance(node, ast.ImportFrom) and node.module.startswith("rote")]
            exec(compile(ast.Module(late, []), module, "exec"))
    modules = list(seen)
    print(name, *modules)
    for module in modules:
        del sys.modules[module]
"""


@pytest.mark.slow
def test_a_fingerprint_covers_just_the_modules_that_python_loads_for_a_script():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED, *map(str, SCRIPTS)],
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
        check=True,
        text=True,
        capture_output=True,
    )
    loaded = {line.split()[0]: set(line.split()[1:]) for line in done.stdout.splitlines()}
    assert len(loaded) == len(SCRIPTS) > 20
    for script, modules in loaded.items():
        assert "rote.job" in modules
        declarations = {module for module in modules if f"{module}.".startswith("rote.config.")}
        assert modules - declarations == set(modules_of(script)), script


def note_of(digest, file):
    return next((digest.folder / file).parent.glob(f"__pycache__/{Path(file).stem}.*.meaning"))


def test_what_is_remembered_of_a_file_is_taken_anew_once_the_file_differs_whatever_its_time(digest):
    path = digest.folder / "rote/errors.py"
    before, time = digest(), path.stat()
    append(path, "\nCHANGED = 1\n")
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))
    assert digest() != before
    path.write_text(path.read_text().removesuffix("\nCHANGED = 1\n"))
    assert digest() == before


@pytest.mark.parametrize("content", ["", "cut", "0 1 numpy"])
def test_a_damaged_note_of_what_is_remembered_is_written_anew(digest, content):
    before = digest()
    note = note_of(digest, "rote/errors.py")
    whole = note.read_text()
    note.write_text(content)
    assert digest() == before
    assert note.read_text() == whole


def test_what_reads_code_belongs_to_what_is_remembered(digest):
    digest()
    note = note_of(digest, "rote/errors.py")
    before = note.read_text()
    append(digest.folder / "rote/local_names.py", "\nCHANGED = 1\n")
    digest()
    assert note.read_text() != before


def test_where_no_note_can_be_written_the_fingerprint_is_the_same(digest):
    before = digest()
    folder = digest.folder / "rote/__pycache__"
    shutil.rmtree(folder)
    folder.touch()
    assert digest() == before
