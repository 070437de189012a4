"""A constraint of a wildcard matches the names that it is made of, all of them and no other."""

import re

from alternatives import one_of
from hypothesis import given
from hypothesis import strategies as st

names = st.text(st.sampled_from("ab_.1|(\\"), max_size=5)


@given(st.lists(names, max_size=8), names)
def test_it_matches_just_the_names(given_names, other):
    pattern = re.compile(one_of(given_names))
    for name in [*given_names, other]:
        assert bool(pattern.fullmatch(name)) == (name in given_names)


def test_where_there_is_no_name_it_matches_not_even_an_empty_one():
    assert re.fullmatch(one_of([]), "") is None


def test_names_that_begin_alike_are_written_once():
    assert one_of(["seed_12", "seed_1", "other", "seed_3"]) == "other|seed_(?:1(?:|2)|3)"
