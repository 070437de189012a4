"""Matplotlib as it is shipped: no file and no variable of the user's decides what it loads."""

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

OWN = {"MATPLOTLIBRC": os.devnull, "MPLBACKEND": "agg"}


@contextmanager
def user_settings_aside() -> Iterator[None]:
    """Let what is imported in the block load matplotlib without the user's settings.

    As it is first imported, matplotlib reads ``matplotlibrc`` in the working folder, else the file that MATPLOTLIBRC
    names, else one in the home folder, and takes its backend from MPLBACKEND. A file that is no text, or a backend that
    this environment lacks (a notebook's), would stop the import.
    """
    given = {name: os.environ.get(name) for name in OWN}
    os.environ.update(OWN)
    try:
        with chdir(Path(__file__).parent):
            yield
    finally:
        for name, value in given.items():
            os.environ.pop(name)
            os.environ.update({} if value is None else {name: value})
