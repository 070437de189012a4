"""How studies name runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import MinLen

# Names, families and patterns of runs: each with one of the study's sets, or all with the only set there is.
RunsWith = Mapping[str, str] | tuple[str, ...] | str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Runs side by side."""

    title: str
    """Title of the figure."""
    runs: Annotated[tuple[str, ...], MinLen(1)] | str
    """Runs of the study, in the figure's order: names, families, patterns such as vgg_*; or one family or pattern."""
