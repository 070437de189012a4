"""A regular expression for one of many names, short where they begin alike.

Snakemake compiles the constraints of a rule's wildcards anew for each of its paths, which for hundreds of names written
one after the other takes seconds.
"""

import re
from collections.abc import Iterable
from itertools import groupby


def one_of(names: Iterable[str]) -> str:
    """Regular expression that matches these names and nothing else, none where there is none."""
    each = sorted(set(names))
    return _one_of(each) if each else "(?!)"


def _one_of(names: list[str]) -> str:
    """The same for sorted names, each once; those of one first character share what they begin with."""
    branches = []
    for _, group in groupby(names, key=lambda name: name[:1]):
        alike = list(group)
        start = _common_start(alike[0], alike[-1])
        rests = [name[len(start) :] for name in alike]
        branches.append(re.escape(start) + (f"(?:{_one_of(rests)})" if len(rests) > 1 else ""))
    return "|".join(branches)


def _common_start(one: str, other: str) -> str:
    """What two strings begin with, and so do all that are sorted between them."""
    length = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    return one[:length]
