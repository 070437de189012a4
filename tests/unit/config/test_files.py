import pytest

from rote.config.files import load, places
from rote.errors import ConfigError


@pytest.fixture
def written(tmp_path):
    def write(content):
        path = tmp_path / "my.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1\nb: [\n", r"my\.yaml:3: this is not valid YAML: "),
        ("a: 1\n\tb: 2\n", r"my\.yaml:2: this is not valid YAML: "),
        ("- a", r"my\.yaml must hold keys and values, not list"),
        ("", r"my\.yaml must hold keys and values, not NoneType"),
        ("a: 1\nb: größer\n".encode("latin-1"), r"my\.yaml:2: this is not UTF-8\. Save the file in that encoding"),
        ("seed: 1\nname: x\nseed: 2\n", r"my\.yaml:3: seed is given twice, first in my\.yaml:1"),
        ("runs:\n  a: {}\n  b: {}\n  a: {}\n", r"my\.yaml:4: runs\.a is given twice, first in my\.yaml:2"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_line(written, content, message):
    with pytest.raises(ConfigError, match=message):
        load(written(content))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"absent\.yaml does not exist"):
        load(tmp_path / "absent.yaml")


def test_every_key_has_its_line(written):
    path = written("# words\na:\n  b: { c: 1,\n      d: 2 }\n")
    assert places(path) == {
        ("a",): "my.yaml:2",
        ("a", "b"): "my.yaml:3",
        ("a", "b", "c"): "my.yaml:3",
        ("a", "b", "d"): "my.yaml:4",
    }


def test_a_key_may_replace_one_that_is_merged(written):
    assert load(written("a: &a { b: 1, c: 2 }\nd:\n  <<: *a\n  b: 3\n"))["d"] == {"b": 3, "c": 2}
