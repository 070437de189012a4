import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rote import provenance
from rote.provenance import generator, integer_seed, seed_sequence

keys = st.tuples(st.integers(0, 2**32), st.text(max_size=8), st.text(max_size=8), st.integers(0, 10**6))


@given(keys, keys)
def test_draws_share_a_seed_only_when_they_are_for_the_same_thing(one, other):
    same = np.array_equal(seed_sequence(*one).generate_state(4), seed_sequence(*other).generate_state(4))
    assert same == (one == other)


def test_a_draw_does_not_depend_on_draws_before_it():
    generator(0, "batch order", "run", 0).random(100)
    assert generator(0, "noise", "run", 3).random() == generator(0, "noise", "run", 3).random()


@given(keys)
def test_integer_seeds_fit_torch(key):
    assert 0 <= integer_seed(*key) < 2**63


def test_versions_are_those_of_the_packages_that_are_there(monkeypatch):
    monkeypatch.setattr(provenance, "PACKAGES", ("numpy", "a-package-that-is-not-there"))
    assert provenance.package_versions.__wrapped__() == {"numpy": np.__version__}
