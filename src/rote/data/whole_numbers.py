"""Whole numbers and classes, one for each example, in whichever type and shape a file says them."""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

WHOLE = re.compile(r"\s*[+-]?[0-9]+(\.0*)?\s*", re.ASCII)
LONGEST = 100  # characters of a number: room for zeros and spaces


def whole_number(text: str, place: str) -> int:
    """The whole number that a text says.

    Raises
    ------
    ValueError
        If it says none, or none of 64 bits; the message begins with `place`.
    """
    number = int(text.partition(".")[0]) if len(text) <= LONGEST and WHOLE.fullmatch(text) else None
    if number is None or not -(2**63) <= number < 2**63:
        raise ValueError(f"{place} has {text[:LONGEST]!r}, which is no whole number")
    return number


def whole_numbers(values: NDArray[Any]) -> NDArray[np.int64]:
    """Whole numbers that are given as integers, truth values, floats or texts.

    Parameters
    ----------
    values : ndarray, any shape

    Returns
    -------
    ndarray of int64, of the same shape

    Raises
    ------
    ValueError
        If an entry is no whole number, or none of 64 bits; the message names the first.
    """
    match values.dtype.kind:
        case "U" | "S":
            texts = np.char.decode(values, "ascii") if values.dtype.kind == "S" else values
            numbers = [whole_number(str(text), f"entry {place}") for place, text in enumerate(texts.flat)]
            return np.array(numbers, dtype=np.int64).reshape(values.shape)
        case "b" | "i":
            whole = np.ones(values.shape, dtype=np.bool_)
        case "u":
            whole = values <= np.iinfo(np.int64).max
        case "f":
            with np.errstate(invalid="ignore"):  # signalling NaNs
                wide = values.astype(np.promote_types(values.dtype, np.float64))  # 2**63 is beyond half precision
                whole = (np.abs(wide) < 2.0**63) & (wide == np.rint(wide))
        case _:
            raise ValueError(f"it holds values of type {values.dtype}, which are no whole numbers")
    if not whole.all():
        place = int(np.argmin(whole))
        raise ValueError(f"entry {place} has {values.flat[place]}, which is no whole number")
    return values.astype(np.int64)


def one_each(values: NDArray[Any], n: int) -> NDArray[Any]:
    """Values of n examples as one axis, where they came as a row, a column or one axis.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    if values.ndim == 0 or max(values.shape) != n or values.size != n:
        raise ValueError(f"it is of shape {values.shape} where {n} examples need one value each")
    return values.reshape(n)


def class_numbers(values: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Classes of n examples.

    Parameters
    ----------
    values : ndarray
        A whole number for each example (as in `whole_numbers`) along one axis, as a row or as a column; or one-hot: a
        row for each example with a single 1 among zeros.
    n : int

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    ValueError
        If they are neither.
    """
    if values.ndim != 2 or len(values) != n or values.size <= n:
        return whole_numbers(one_each(values, n))
    numbers = whole_numbers(values)
    hot = ((numbers == 0) | (numbers == 1)).all(axis=1) & (numbers.sum(axis=1) == 1)
    if not hot.all():
        raise ValueError(f"row {int(np.argmin(hot))} does not hold a single 1 among zeros")
    return np.nonzero(numbers)[1].astype(np.int64)
