"""Bad files: whatever their parsers raise becomes one error, and nothing else does."""

import gzip
import json
import tarfile
import warnings
from pathlib import Path

import pytest
from PIL import Image
from safetensors import SafetensorError

from rote.errors import DataError, TableError
from rote.outside import BAD_FILE, reading


@pytest.mark.parametrize("exception", BAD_FILE, ids=lambda exception: exception.__name__)
def test_what_a_parser_raises_is_one_error_with_file_and_remedy(exception):
    with (
        pytest.raises(DataError, match=r"^/x/a\.csv cannot be read as labels: .*line 3.*\. Save it anew\.$"),
        reading(Path("/x/a.csv"), "labels", "Save it anew."),
    ):
        raise exception("line 3 is odd")


@pytest.mark.parametrize(
    "exception",
    [
        UnicodeDecodeError("utf-8", b"\xe9", 0, 1, "odd"),
        json.JSONDecodeError("odd", "x", 0),
        KeyError("odd"),
        IndexError("odd"),
        OverflowError("odd"),
        NotImplementedError("odd"),
        RecursionError("odd"),
        gzip.BadGzipFile("odd"),
        tarfile.ReadError("odd"),
        SafetensorError("odd"),
        Image.DecompressionBombError("odd"),
    ],
    ids=lambda exception: type(exception).__name__,
)
def test_narrower_exceptions_of_parsers_are_known_too(exception):
    with pytest.raises(DataError, match="odd"), reading("a file", "data", "Copy it again."):
        raise exception


@pytest.mark.parametrize("clear", [TableError, DataError], ids=lambda error: error.__name__)
def test_an_error_that_is_already_clear_goes_on_as_it_is(clear):
    with pytest.raises(clear, match=r"^clear$"), reading("a file", "data", "Copy it again."):
        raise clear("clear")


def test_a_missing_file_is_called_missing_and_named_once(tmp_path):
    with pytest.raises(DataError) as raised, reading(tmp_path / "gone", "data", "Give another."):
        (tmp_path / "gone").read_bytes()
    assert str(raised.value) == f"{tmp_path}/gone cannot be read as data: No such file or directory. Give another."


def test_a_message_is_short_and_can_be_printed_whatever_the_file_holds():
    with pytest.raises(DataError) as raised, reading("caf\udce9", "data", "Give another."):
        raise ValueError("\x00\n\udce9" + "x" * 10_000)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300


def test_warnings_of_a_parser_stop_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with reading("a file", "data", "Copy it again."):
            warnings.warn("an old header", UserWarning, stacklevel=1)
