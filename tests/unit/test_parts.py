import pytest
import torch

from rote.parts import Parts, digest
from rote.tables.parts import TableForm
from rote.tables.training import SUBSET
from rote.tensors import Described, TensorForm

FORMS = {
    "table": (TableForm(SUBSET), {"example": [1, 2], "weight": [0.5, 1.0]}),
    "tensors": (TensorForm(), Described({"weight": torch.arange(3.0)}, {"epoch": 5})),
}


@pytest.fixture(params=FORMS)
def kept(request, tmp_path):
    """Parts of one form, and what to keep as one."""
    form, value = FORMS[request.param]
    return Parts(tmp_path / "parts", digest({"a": 1}), form), value


def plain(value):
    """A part in a form that can be compared."""
    if isinstance(value, Described):
        tensors = {name: tensor.tolist() for name, tensor in value.tensors.items()}
        return tensors, {key: entry for key, entry in value.description.items() if key != "digest"}
    return {name: column if isinstance(column, list) else column.to_pylist() for name, column in value.items()}


def test_a_part_is_read_as_it_was_kept(kept):
    parts, value = kept
    parts.write("one", value)
    assert parts.finished() == ["one"]
    assert plain(parts.read("one")) == plain(value)


def test_a_part_of_another_digest_is_missing(kept):
    parts, value = kept
    parts.write("one", value)
    others = Parts(parts.folder, digest({"a": 2}), parts.form)
    assert not others.is_finished("one")
    others.write("two", value)
    assert (parts.finished(), others.finished()) == (["one"], ["two"])


def test_a_part_that_is_cut_short_is_missing(kept):
    parts, value = kept
    parts.write("one", value)
    path = parts.path("one")
    path.write_bytes(path.read_bytes()[:-7])
    assert not parts.is_finished("one")
    assert parts.finished() == []


def test_what_a_killed_write_left_is_no_part_and_is_cleared_away(kept):
    parts, value = kept
    parts.write("one", value)
    leftover = parts.folder / f".two{parts.form.suffix}.0a1b2c3d.part"
    leftover.write_bytes(parts.path("one").read_bytes())
    assert parts.finished() == ["one"]
    parts.keep_only(["one"])
    assert list(parts.folder.iterdir()) == [parts.path("one")]


def test_once_joined_parts_are_removed_and_nothing_is_left(kept):
    parts, value = kept
    parts.remove()  # none were needed
    parts.write("one", value)
    parts.remove()
    assert not parts.folder.exists()
    assert parts.finished() == []


def test_a_digest_follows_from_settings_content_and_packages(tmp_path, monkeypatch):
    one, same, other = (tmp_path / name for name in ("one", "same", "other"))
    for path, content in ((one, b"a"), (same, b"a"), (other, b"b")):
        path.write_bytes(content)
    settings = {"seed": 1, "options": {"width": 2}}
    assert digest(settings, [one]) == digest({"options": {"width": 2}, "seed": 1}, [same])
    found = {digest(settings, [one]), digest(settings, [other]), digest(settings), digest({"seed": 1}, [one])}
    monkeypatch.setattr("rote.parts.package_versions", lambda: {"numpy": "0"})
    assert len(found | {digest(settings, [one])}) == 5
