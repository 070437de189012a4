from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote.errors import ConfigError
from rote.memorization.subsets import draw_subsets, subset
from rote.seeds import Seeds


@given(st.integers(2, 200), st.floats(0.01, 0.99), st.integers(0, 50), st.integers(0, 2**32))
def test_a_subset_holds_exactly_the_share_rounded_down(n, fraction, trial, seed):
    if int(fraction * n) == 0:
        with pytest.raises(ConfigError, match="none or all"):
            subset(n, trial, fraction, Seeds(seed))
    else:
        chosen = subset(n, trial, fraction, Seeds(seed))
        assert chosen.dtype == bool
        assert chosen.shape == (n,)
        assert chosen.sum() == int(fraction * n)


def test_the_papers_subsets_of_cifar_hold_35000_examples():
    assert subset(50_000, 0, 0.7, Seeds(0)).sum() == 35_000


def test_more_trials_only_add_rows():
    assert (draw_subsets(30, 12, 0.7, 5, "digits")[:4] == draw_subsets(30, 4, 0.7, 5, "digits")).all()


def test_a_later_shard_gives_the_rows_of_one_long_draw():
    whole = draw_subsets(30, 12, 0.7, 5, "digits")
    assert (np.concatenate([draw_subsets(30, 4, 0.7, 5, "digits", first) for first in (0, 4, 8)]) == whole).all()


def test_a_row_is_the_subset_of_its_trial_alone():
    for trial, row in enumerate(draw_subsets(30, 5, 0.7, 5, "digits")):
        assert (row == subset(30, trial, 0.7, Seeds(5, "digits"))).all()


@pytest.mark.parametrize("change", [{"seed": 6}, {"name": "mnist"}, {"first": 1}])
def test_another_seed_name_or_trial_gives_another_subset(change):
    base = {"n_examples": 200, "n_trials": 1, "fraction": 0.5, "seed": 5, "name": "digits", "first": 0}
    assert (draw_subsets(**base) != draw_subsets(**base | change)).any()


def test_every_example_and_every_pair_of_examples_is_in_as_often_as_the_law_says():
    n, size, trials = 20, 14, 4000
    membership = draw_subsets(n, trials, 0.7, 3).astype(float)
    together = membership.T @ membership / trials
    for probability, shares in (
        (size / n, np.diag(together)),
        (size * (size - 1) / (n * (n - 1)), together[np.triu_indices(n, 1)]),
    ):
        error = sqrt(probability * (1 - probability) / trials)
        assert np.abs(shares - probability).max() < 4.5 * error
        assert 0.6 * error < shares.std() < 1.4 * error


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), 0.04])
def test_a_fraction_that_leaves_none_in_or_none_out_is_refused(fraction):
    with pytest.raises(ConfigError, match="none or all"):
        draw_subsets(20, 3, fraction, 0)


def test_negative_trials_and_no_trials_are_refused():
    with pytest.raises(ConfigError, match="trial -1"):
        subset(20, -1, 0.5, Seeds(0))
    with pytest.raises(ConfigError, match="n_trials"):
        draw_subsets(20, 0, 0.5, 0)
