"""The contract of a data set: where its published files lie and what they hold.

A data set is a module whose class `DataSet` keeps this contract; its options are the fields of the class, which is a
frozen dataclass. A published one is the module of `rote.data.datasets` of its name. Data of one's own have a name of
one's choice and state their kind, a module of `rote.data.kinds`.
"""

import dataclasses
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from rote.data import datasets, kinds
from rote.errors import ConfigError
from rote.seeds import Seeds


@dataclass(frozen=True)
class Source:
    """A published file or folder."""

    path: str
    """Path within the published layout."""
    md5: str | None = None
    """Published checksum; None where none is published."""
    urls: tuple[str, ...] = ()
    """Where it can be downloaded, in order of preference."""
    by_contents: bool = False
    """Whether a folder is told by its files' contents, not by their names and sizes alone."""


@dataclass(frozen=True)
class Split:
    """The examples of one split, their images read block by block."""

    labels: npt.NDArray[np.int64]
    """(N,)"""
    images: Callable[[slice], npt.NDArray[np.uint8]]
    """Images (B, H, W, C) of a slice of the examples."""


@dataclass(frozen=True)
class Contents:
    """What a data set holds."""

    shape: tuple[int, int, int]
    """Height, width, channels (H, W, C)."""
    classes: tuple[str, ...]
    """Class names; a label is an index into them."""
    mean: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]."""
    std: tuple[float, ...]
    """Per channel, of pixels scaled to [0, 1]."""
    train: Split
    test: Split


class BaseDataSet(ABC):
    """What every data set offers."""

    licence: ClassVar[str]
    """Under which terms the publisher gives the data."""

    @property
    @abstractmethod
    def forms(self) -> tuple[tuple[Source, ...], ...]:
        """The forms in which the data are published, each complete by itself; none if they are made on the spot."""

    def check(self, files: Mapping[str, Path]) -> None:  # noqa: B027 (a checksum already says all)
        """Look through a form that no checksum vouches for.

        Parameters
        ----------
        files : mapping of str to Path
            The sources of one form: where each lies, by its path in the published layout.

        Raises
        ------
        DataError
            If a class or an image is missing.
        """

    @abstractmethod
    def contents(self, files: Mapping[str, Path], scratch: Path, seeds: Seeds) -> AbstractContextManager[Contents]:
        """Open the data.

        Parameters
        ----------
        files : mapping of str to Path
            As in `check`, already verified.
        scratch : Path
            An empty folder for what must be unpacked.
        seeds : Seeds
            Of what is drawn (synthetic points, the cut into train and test), under the data set's name.

        Returns
        -------
        context manager of Contents
            The splits can be read while the context is open.

        Raises
        ------
        DataError
            If a file is damaged.
        """


def configured(name: str, options: Mapping[str, Any] | None = None) -> BaseDataSet:
    """A data set by its name, with its options.

    Parameters
    ----------
    name : str
        A module of `rote.data.datasets`, or any name where the options state a kind.
    options : mapping, optional
        ``kind``, a module of `rote.data.kinds` for data of one's own, or one of `rote.data.datasets` for a published
        data set under another name; values of the fields of the module's `DataSet`.

    Returns
    -------
    BaseDataSet

    Raises
    ------
    ConfigError
        If there is no such data set, kind or option, or a value is of the wrong type or out of range.
    """
    given = dict(options or {})
    kind = given.pop("kind", None)
    own, published = (
        sorted(one.name for one in pkgutil.iter_modules(package.__path__)) for package in (kinds, datasets)
    )
    module, what, known = (name, "data set", published) if kind is None else (kind, "kind of data", [*own, *published])
    if module not in known:
        raise ConfigError(f"there is no {what} {module!r}: choose one of {', '.join(known)}.")
    package = datasets if module in published else kinds
    found: type[Any] = import_module(f"{package.__name__}.{module}").DataSet
    defaults = {field.name: field.default for field in dataclasses.fields(found)}
    for option, value in given.items():
        if option not in defaults:
            allowed = ", ".join(defaults) or "it has none"
            raise ConfigError(f"data set {name!r} has no option {option!r}: allowed are {allowed}.")
        default = defaults[option]
        numeric = (int, float) if isinstance(default, float) else int
        if isinstance(default, int | float) and (isinstance(value, bool) or not isinstance(value, numeric)):
            raise ConfigError(f"option {option!r} of data set {name!r} is {value!r}: give a number like {default}.")
    data_set: BaseDataSet = found(**given)
    return data_set
