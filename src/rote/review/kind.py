"""Whether results were made on the same kind of processor as this one: then they must be equal, else equivalent."""

from pathlib import Path

import torch

from rote import devices, tables
from rote.processor import processor
from rote.provenance import package_versions


def of_this_kind(table: Path, device: torch.device) -> bool:
    """Whether a computation of a table would round here as it did when the table was made.

    Parameters
    ----------
    table : Path
    device : torch.device
        On which it is computed again.

    Returns
    -------
    bool
        True where processor, packages, device and number of threads are those on record. A GPU sums in an order of its
        own each time: what it made, or is to make again, is never of one kind.

    Raises
    ------
    TableError
        If the table cannot be read.
    """
    recorded = tables.provenance(table)
    here = {"processor": processor(), "packages": package_versions(), "device": devices.describe(device)}
    return device.type == "cpu" and all(recorded.get(what) == value for what, value in here.items())
