"""Files from outside: whatever is wrong with one ends in one error that names it, the place in it and the remedy.

Parsers of other people's files raise what their authors thought of, and more. Which exceptions these are is said here
and nowhere else. A reader's own checks raise ValueError with the place (a line, a field, an entry), and `reading` adds
the file and the remedy.
"""

import csv
import lzma
import struct
import sys
import tarfile
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from rote.errors import DataError, RoteError

BAD_FILE = (
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,  # sizes beyond what a machine's integers hold
    MemoryError,  # a header that promises more than there can be
    RuntimeError,  # encrypted members, unknown compressions, brackets nested too deep
    AssertionError,  # torchvision
    SyntaxError,  # NumPy's headers are Python, and Pillow says so of broken PNG files
    tokenize.TokenError,
    struct.error,
    csv.Error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    pa.ArrowException,
)
OF_PARSERS = {"safetensors": "SafetensorError", "PIL.Image": "DecompressionBombError"}
"""Errors of parsers that not every job's environment has, by module: one that is not loaded raises nothing."""
LONGEST_REASON = 200  # characters: some parsers quote the file itself


@contextmanager
def reading(source: str | Path, kind: str, remedy: str) -> Iterator[None]:
    """Turn whatever a bad file makes its parser raise into one error.

    Parameters
    ----------
    source : str or Path
        The file, or the place and the file (``"labels.npy in scores.npz"``).
    kind : str
        What it should be (``"an image"``).
    remedy : str
        What to do, one or more sentences.

    Raises
    ------
    DataError
        If the block raises one of BAD_FILE or OF_PARSERS. A RoteError goes on its way.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what parsers warn of concerns what is not read, or is checked afterwards
            yield
    except RoteError:  # some are ValueErrors too
        raise
    except _bad_file() as error:
        raise DataError(_printable(f"{source} cannot be read as {kind}: {_reason(error)}. {remedy}")) from error


def _bad_file() -> tuple[type[Exception], ...]:
    loaded = ((sys.modules[module], error) for module, error in OF_PARSERS.items() if module in sys.modules)
    return (*BAD_FILE, *(getattr(module, error) for module, error in loaded))


def _reason(error: BaseException) -> str:
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(said.split())[:LONGEST_REASON].rstrip(".") or type(error).__name__


def _printable(text: str) -> str:
    """The text with escapes for what no screen and no log takes: control characters, bytes that are no UTF-8."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
