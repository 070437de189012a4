import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rote
from rote import provenance
from rote.provenance import fingerprint, generator, integer_seed, seed_sequence

SOURCE = Path(rote.__file__).parents[1]
SCRIPT = '''"""A script."""
from rote.similarity.cka import cka

# why
print(cka)
'''

keys = st.tuples(st.integers(0, 2**32), st.text(max_size=8), st.text(max_size=8), st.integers(0, 10**6))


@given(keys, keys)
def test_draws_share_a_seed_only_when_they_are_for_the_same_thing(one, other):
    same = np.array_equal(seed_sequence(*one).generate_state(4), seed_sequence(*other).generate_state(4))
    assert same == (one == other)


def test_a_draw_does_not_depend_on_draws_before_it():
    generator(0, "batch order", "run", 0).random(100)
    assert generator(0, "noise", "run", 3).random() == generator(0, "noise", "run", 3).random()


@given(keys)
def test_integer_seeds_fit_torch(key):
    assert 0 <= integer_seed(*key) < 2**63


@pytest.fixture
def digest(tmp_path):
    """Fingerprint of a script over a copy of the library that the test may edit."""
    shutil.copytree(SOURCE / "rote", tmp_path / "rote", ignore=shutil.ignore_patterns("__pycache__"))
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def of_copy(*modules):
        code = f"from rote.provenance import fingerprint; print(fingerprint({str(script)!r}, *{modules!r}))"
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
def test_comments_docstrings_and_formatting_do_not_change_the_fingerprint(digest, file):
    before = digest()
    path = digest.folder / file
    text = path.read_text()
    assert '"""' in text
    path.write_text("# a comment\n\n" + text.replace('"""', '"""Differently put: ', 1) + "\n\n# another\n")
    assert digest() == before


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


def test_versions_are_those_of_the_packages_that_are_there(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "a-package-that-is-not-there"))
    assert provenance.package_versions.__wrapped__() == {"numpy": np.__version__}


def test_fingerprints_repeat_within_a_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    assert fingerprint(script) == fingerprint(script)
