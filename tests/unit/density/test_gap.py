import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from rote.density.gap import HIGH, LOW, agreement, critical_bandwidth, gap_test, largest_gap
from rote.errors import ConfigError, DataError

DISTINCT = st.lists(st.integers(-10_000, 10_000), min_size=3, max_size=30, unique=True).map(np.array)


def two_groups(n_low, n_high, distance, seed=0):
    noise = np.random.default_rng(seed).standard_normal(n_low + n_high)
    return noise + np.repeat([0.0, distance], [n_low, n_high])


def p_values_of(draw, generator, least_share):
    return [gap_test(draw(), generator, n_samples=99, least_share=least_share).p_value for _ in range(200)]


def share_at_most(p_values, level):
    return np.mean(np.array(p_values) <= level)


def test_the_threshold_is_the_centre_of_the_widest_interval():
    split = largest_gap([1, 10, 2, 12])
    assert (split.threshold, split.gap) == (6, 8)
    assert split.groups.tolist() == [LOW, HIGH, LOW, HIGH]
    assert split.sizes == (2, 2)


@given(DISTINCT)
def test_a_split_agrees_with_a_search_over_all_thresholds(means):
    split = largest_gap(means)
    pairs = [(b - a, a, b) for a, b in zip(sorted(means), sorted(means)[1:], strict=False)]
    assert split.gap == max(pairs, key=lambda pair: pair[0])[0]
    assert (split.groups == HIGH).tolist() == (means > split.threshold).tolist()
    assert min(split.sizes) >= 1


@given(DISTINCT, st.integers(-1000, 1000), st.sampled_from([0.25, 2.0, 64.0]))
def test_a_split_follows_shift_and_scale(means, shift, scale):
    split, moved = largest_gap(means), largest_gap(scale * means + shift)
    assert (moved.threshold, moved.gap) == (scale * split.threshold + shift, scale * split.gap)
    assert moved.groups.tolist() == split.groups.tolist()


@given(DISTINCT, st.randoms(use_true_random=False))
def test_a_split_does_not_depend_on_the_order_of_classes(means, random):
    order = np.array(random.sample(range(len(means)), len(means)))
    split, other = largest_gap(means), largest_gap(means[order])
    assert (other.threshold, other.gap) == (split.threshold, split.gap)
    assert other.groups.tolist() == split.groups[order].tolist()


def test_of_equal_gaps_the_lowest_parts_the_classes():
    assert largest_gap([0, 1, 2, 3]).threshold == 0.5


def test_neighbouring_floats_are_parted_although_their_centre_is_no_float():
    split = largest_gap([1.0, 1.0, np.nextafter(1.0, 2.0)])
    assert split.groups.tolist() == [LOW, LOW, HIGH]


def test_one_outlying_class_is_no_group_where_each_side_must_hold_a_share():
    means = [0, 1, 2, 6, 7, 8, 100]
    assert largest_gap(means).sizes == (6, 1)
    assert largest_gap(means, least_share=0.25).sizes == (3, 4)


def test_a_share_that_no_gap_leaves_is_refused():
    with pytest.raises(DataError, match=r"share of 0\.5 on each side"):
        largest_gap([1, 2, 3], least_share=0.5)


@pytest.mark.parametrize(
    ("means", "message"),
    [
        ([1], "at least 2"),
        ([[1, 2, 3]], "at least 2"),
        ([1, np.nan, 3, np.inf], "those at 1, 3"),
        ([2, 2, 2], "equal"),
    ],
)
@pytest.mark.parametrize("split", [largest_gap, lambda means: gap_test(means, np.random.default_rng(0))])
def test_means_that_cannot_be_parted_are_refused(split, means, message):
    with pytest.raises(DataError, match=message):
        split(means)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.integers(0, 99))
def test_two_classes_are_parted_without_any_evidence(mean, gap, seed):
    means = [mean, mean + gap]
    assert largest_gap(means).groups.tolist() == [LOW, HIGH]
    found = gap_test(means, np.random.default_rng(seed), n_samples=9, least_share=0.1)
    assert (found.p_value, found.standard_error) == (1, 0)


def test_two_equal_kernels_merge_at_a_bandwidth_of_half_their_distance():
    assert critical_bandwidth([-3, -3, 3, 3]) == pytest.approx(3, rel=1e-3)


@pytest.mark.slow
@given(arrays(float, st.integers(3, 20), elements=st.integers(-50, 50).map(float)).filter(np.ptp))
def test_the_density_has_one_mode_at_the_critical_bandwidth_and_more_just_below(values):
    grid = np.linspace(values.min(), values.max(), 20_001)

    def modes(bandwidth):
        density = norm.pdf(grid[:, None], values, bandwidth).sum(axis=1)
        change = np.diff(density)
        falls_then_rises = np.diff(np.sign(change[np.abs(change) > 1e-12 * density.max()])) > 0
        return 1 + falls_then_rises.sum()

    bandwidth = critical_bandwidth(values)
    assert modes(1.02 * bandwidth) == 1
    assert modes(0.9 * bandwidth) > 1


def test_the_critical_bandwidth_of_equal_values_is_0():
    assert critical_bandwidth([4, 4, 4]) == 0


@pytest.mark.parametrize("least_share", [0, 0.1])
@pytest.mark.parametrize("n_classes", [10, 30])
def test_classes_of_one_gaussian_cluster_rarely_seem_parted(n_classes, least_share):
    generator = np.random.default_rng(1)
    p_values = p_values_of(lambda: generator.standard_normal(n_classes), generator, least_share)
    for level in (0.05, 0.1):
        assert share_at_most(p_values, level) <= level + 3 * np.sqrt(level * (1 - level) / len(p_values))


def test_heavy_tails_seem_parted_unless_each_side_must_hold_a_share():
    generator = np.random.default_rng(2)
    shares = [share_at_most(p_values_of(lambda: generator.standard_t(3, 60), generator, least), 0.05)
              for least in (0, 0.1)]  # fmt: skip
    assert shares[0] > 0.15
    assert shares[1] < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize("sizes", [(50, 50), (80, 20), (10, 10)])
def test_two_distant_groups_are_told_from_one_cluster(sizes):
    means = two_groups(*sizes, distance=12)
    assert gap_test(means, np.random.default_rng(0)).p_value < 0.05
    assert gap_test(means, np.random.default_rng(0), least_share=0.1).p_value < 0.005


def test_even_groups_close_to_each_other_are_told_apart_where_each_side_must_hold_a_share():
    means = two_groups(50, 50, distance=6)
    assert gap_test(means, np.random.default_rng(0), least_share=0.1).p_value < 0.01


def test_an_outlying_class_has_a_wide_gap_but_none_between_groups():
    means = np.append(np.random.default_rng(3).standard_normal(50), 15)
    test = gap_test(means, np.random.default_rng(0))
    restricted = gap_test(means, np.random.default_rng(0), least_share=0.05)
    assert test.p_value < 0.05 < restricted.p_value


@given(st.integers(0, 1000))
def test_the_p_value_does_not_depend_on_order_shift_or_scale(seed):
    means = two_groups(5, 7, 3, seed)
    moved = 4 * means + 100
    p_value = gap_test(means, np.random.default_rng(0), n_samples=99).p_value
    shuffled = np.random.default_rng(seed).permutation(moved)
    noise = np.sqrt(p_value * (1 - p_value) / 100) + 0.01
    assert gap_test(moved, np.random.default_rng(0), n_samples=99).p_value == pytest.approx(p_value, abs=0.011)
    assert gap_test(shuffled, np.random.default_rng(0), n_samples=99).p_value == pytest.approx(p_value, abs=6 * noise)


def test_the_standard_error_is_the_scatter_of_the_p_value_over_generators():
    means = two_groups(10, 10, 2)
    tests = [gap_test(means, np.random.default_rng(seed), n_samples=199) for seed in range(60)]
    scatter = np.std([test.p_value for test in tests])
    assert scatter == pytest.approx(np.mean([test.standard_error for test in tests]), rel=0.35)


def test_a_test_without_samples_is_refused():
    with pytest.raises(ConfigError, match="n_samples"):
        gap_test([1, 2, 3], np.random.default_rng(0), n_samples=0)


def test_agreement_of_unequal_groups_by_chance_alone_has_kappa_0():
    groups = np.repeat([LOW, HIGH], [90, 10])
    other = np.tile(np.repeat([LOW, HIGH], [9, 1]), 10)
    found = agreement(groups, other)
    assert found.share == pytest.approx(0.82)
    assert found.kappa == pytest.approx(0)


def test_equal_groupings_agree_fully_and_opposite_ones_not_at_all():
    groups = np.repeat([LOW, HIGH], 5)
    assert (agreement(groups, groups).share, agreement(groups, groups).kappa) == (1, 1)
    assert (agreement(groups, groups[::-1]).share, agreement(groups, groups[::-1]).kappa) == (0, -1)


def test_kappa_of_a_single_common_group_is_undefined():
    assert np.isnan(agreement([LOW] * 3, [LOW] * 3).kappa)


def test_groups_of_other_classes_are_refused():
    with pytest.raises(DataError, match="same classes"):
        agreement([LOW], [LOW, HIGH])
