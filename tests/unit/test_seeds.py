import hashlib
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rote.seeds import Seeds

keys = st.tuples(st.integers(0, 2**32), st.text(max_size=8), st.text(max_size=8), st.integers(0, 10**6))


def sequence(key):
    study_seed, seed_key, purpose, index = key
    return Seeds(study_seed, seed_key).seed_sequence(purpose, index)


@given(keys, keys)
def test_draws_share_a_seed_only_when_they_are_for_the_same_thing(one, other):
    same = np.array_equal(sequence(one).generate_state(4), sequence(other).generate_state(4))
    assert same == (one == other)


@given(keys)
def test_a_seed_is_the_study_s_with_the_digest_of_purpose_key_and_index(key):
    study_seed, seed_key, purpose, index = key
    digest = hashlib.sha256(json.dumps([purpose, seed_key, index]).encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 32, 4)]
    expected = np.random.SeedSequence(study_seed, spawn_key=words).generate_state(4)
    assert np.array_equal(sequence(key).generate_state(4), expected)


def test_a_draw_does_not_depend_on_draws_before_it():
    seeds = Seeds(0, "run")
    seeds.generator("batch order").random(100)
    assert seeds.generator("noise", 3).random() == Seeds(0, "run").generator("noise", 3).random()


def test_a_part_s_key_follows_that_of_the_whole():
    assert Seeds(1, "a run").within("stage_4").within("class 3") == Seeds(1, "a run, stage_4, class 3")
    assert Seeds(1).within("stage_4") == Seeds(1, "stage_4")


@given(keys)
def test_integer_seeds_fit_torch(key):
    study_seed, seed_key, purpose, index = key
    assert 0 <= Seeds(study_seed, seed_key).integer_seed(purpose, index) < 2**63
