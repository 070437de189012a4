"""Options of pictures of one's own."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import MinLen

from rote.config.bounds import Count, ProperShare, Whole


@dataclass(frozen=True, kw_only=True)
class ImageFolder:
    """JPEG or PNG files of your own, a folder for each class."""

    kind: Literal["image_folder"] = "image_folder"
    """What data of your own are; the entry's own name for published data sets."""
    path: str
    """Where the data lie. What is there, not where it lies, decides what runs again."""
    size: Count | tuple[Count, Count] | None = None
    """Height and width to which pictures are resampled, one number or two; all must have the same without it."""
    test_share: ProperShare | None = None
    """Share of each class that becomes test images, where the data do not tell training from test images."""
    split_seed: Whole = 0
    """Number of the cut by test_share."""
    class_names: Annotated[tuple[str, ...], MinLen(2)] | None = None
    """Names of the folders in the order of their labels; in alphabetical order where left out."""
