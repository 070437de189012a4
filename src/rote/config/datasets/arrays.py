"""Options of arrays of one's own."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from rote.config.bounds import Count, ProperShare, Whole


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """Images and labels of your own: .npz, .parquet or a folder of Parquet files."""

    kind: Literal["arrays"] = "arrays"
    """What data of your own are; the entry's own name for published data sets."""
    path: str
    """Where the data lie. What is there, not where it lies, decides what runs again."""
    size: Count | tuple[Count, Count] | None = None
    """Height and width to which encoded pictures are resampled, one number or two; without it all have the same."""
    test_share: ProperShare | None = None
    """Share of each class that becomes test images, where the data do not tell training from test images."""
    split_seed: Whole = 0
    """Number of the cut by test_share."""
    class_names: Annotated[tuple[str, ...], MinLen(2)] | None = None
    """Names of the classes in the order of their labels."""
    range: tuple[float, float] | None = None
    """Least and largest value that a pixel can have, stored as 0 and 255; without it pixels are of type uint8."""
