from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr
from sklearn.metrics import cohen_kappa_score

from rote import tables
from rote.density.seeds import compare_seeds
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.rank_correlation import RESAMPLES, rank_correlation
from rote.seeds import Seeds
from rote.tables.density import CLASS_DENSITIES, GROUP_AGREEMENTS, GROUPS

RUNS, PROTOCOLS, TAPS = ("first", "second", "third"), ("exact", "published"), ("stage_3", "stage_4")
PANELS = list(product(RUNS, PROTOCOLS, TAPS))
STUDY_SEED = 3
MEANS = arrays(np.float64, 12, elements=st.integers(-20, 20).map(float))


def run_of_classes(seed, n_classes=12):
    """Mean log density and group of each class."""
    mean = np.random.default_rng(seed).normal(size=n_classes)
    return {label: (value, "low_density" if value < 0 else "high_density") for label, value in enumerate(mean)}


def write_run(folder, panel, classes, order=None):
    """CLASS_DENSITIES and GROUPS tables, rows in any order; the means of a chain are none of this job's business."""
    labels = list(classes) if order is None else [list(classes)[place] for place in order]
    n = len(labels)
    densities = {
        "class": labels * 2,
        "chain": [None] * n + [0] * n,
        "n_examples": [10] * 2 * n,
        "mean_log_density": [classes[label][0] for label in labels] + list(range(n)),
        "log_density_deviation": [1.0] * 2 * n,
        "standard_error": [0.1] * 2 * n,
    }
    groups = {"class": labels, "group": [classes[label][1] for label in labels], "support": [1.0] * n}
    origin = {"wildcards": dict(zip(("run", "protocol", "tap"), panel, strict=True))}
    paths = [folder / f"{'_'.join(panel)}_{kind}.parquet" for kind in ("densities", "groups")]
    tables.write(paths[0], CLASS_DENSITIES, densities, origin)
    tables.write(paths[1], GROUPS, groups, origin)
    return paths


def compare(folder, found, runs=RUNS, protocols=PROTOCOLS, taps=TAPS, output="agreements.parquet", order=None):
    """GROUP_AGREEMENTS table of classes by run, protocol and tap."""
    panels = product(runs, protocols, taps)
    densities, groups = zip(*(write_run(folder, panel, found[panel], order) for panel in panels), strict=True)
    compare_seeds(
        class_densities=densities if order is None else densities[::-1],
        groups=groups,
        output=folder / output,
        runs=runs,
        taps=taps,
        job=Job(STUDY_SEED, provenance={"rule": "compare_seeds"}),
    )
    return folder / output


def two_runs(folder, one, other):
    """The one row of a comparison of two runs at one tap."""
    output = compare(folder, {("a", "e", "t"): one, ("b", "e", "t"): other}, ("a", "b"), ("e",), ("t",))
    (row,) = tables.read(output, GROUP_AGREEMENTS).to_pylist()
    return row


@pytest.fixture
def classes():
    return {panel: run_of_classes(seed) for seed, panel in enumerate(PANELS)}


def test_every_two_runs_are_compared_at_every_tap_under_every_protocol(classes, tmp_path):
    rows = tables.read(compare(tmp_path, classes), GROUP_AGREEMENTS).to_pylist()
    found = [(row["run"], row["other_run"], row["protocol"], row["tap"]) for row in rows]
    assert found == [(*pair, *panel) for pair, *panel in product(combinations(RUNS, 2), PROTOCOLS, TAPS)]


def test_a_row_holds_the_agreement_of_its_two_runs(classes, tmp_path):
    for row in tables.read(compare(tmp_path, classes), GROUP_AGREEMENTS).to_pylist():
        one, other = (classes[row[run], row["protocol"], row["tap"]] for run in ("run", "other_run"))
        (means, groups), (other_means, other_groups) = (zip(*run.values(), strict=True) for run in (one, other))
        assert row["agreement"] == pytest.approx(np.mean(np.array(groups) == np.array(other_groups)))
        assert row["kappa"] == pytest.approx(cohen_kappa_score(groups, other_groups))
        assert row["rank_correlation"] == pytest.approx(spearmanr(means, other_means).statistic)
        assert row["n_classes"] == 12


def test_runs_that_rank_and_group_alike_agree_wholly(tmp_path):
    one = run_of_classes(0)
    other = {label: (np.exp(mean), group) for label, (mean, group) in one.items()}
    row = two_runs(tmp_path, one, other)
    for quantity in ("agreement", "kappa", "rank_correlation", "rank_correlation_low", "rank_correlation_high"):
        assert row[quantity] == pytest.approx(1)


def test_runs_in_opposite_order_have_a_rank_correlation_of_minus_one(tmp_path):
    one = run_of_classes(0)
    row = two_runs(tmp_path, one, {label: (-mean, group) for label, (mean, group) in one.items()})
    assert row["rank_correlation"] == pytest.approx(-1)
    assert row["agreement"] == 1


def test_one_outlier_each_agrees_widely_and_yet_not_beyond_chance(tmp_path):
    def with_outlier(odd):
        return {label: (float(label), "low_density" if label == odd else "high_density") for label in range(50)}

    row = two_runs(tmp_path, with_outlier(0), with_outlier(1))
    assert row["agreement"] == 0.96
    assert row["kappa"] < 0


def test_what_is_not_defined_is_null(tmp_path):
    alike = dict.fromkeys(range(5), (1.0, "low_density"))
    row = two_runs(tmp_path, alike, alike)
    assert row["agreement"] == 1
    for quantity in ("kappa", "rank_correlation", "rank_correlation_low", "rank_correlation_high"):
        assert row[quantity] is None


def test_the_order_of_rows_and_of_tables_changes_no_byte(classes, tmp_path):
    order = np.random.default_rng(0).permutation(12)
    one = compare(tmp_path, classes)
    other = compare(tmp_path, classes, output="shuffled.parquet", order=order)
    assert one.read_bytes() == other.read_bytes()


def test_a_comparison_does_not_depend_on_which_others_are_made(classes, tmp_path):
    rows = tables.read(compare(tmp_path, classes), GROUP_AGREEMENTS).to_pylist()
    part = compare(tmp_path, classes, ("second", "third"), ("published",), ("stage_4",), "part.parquet")
    (row,) = tables.read(part, GROUP_AGREEMENTS).to_pylist()
    assert row in rows


def test_the_interval_is_drawn_for_the_two_runs_the_protocol_and_the_tap(classes, tmp_path):
    row, *_ = tables.read(compare(tmp_path, classes), GROUP_AGREEMENTS).to_pylist()
    x, y = (np.array([mean for mean, _ in classes[run, "exact", "stage_3"].values()]) for run in RUNS[:2])
    draws = Seeds(STUDY_SEED, "first, second, exact, stage_3").generator("rank correlation")
    assert (row["rank_correlation_low"], row["rank_correlation_high"]) == rank_correlation(x, y, draws)[1:]


def test_runs_of_different_classes_are_refused_by_name_and_nothing_is_written(tmp_path):
    one = run_of_classes(0)
    with pytest.raises(DataError, match=r"only one of a and b has the class\(es\) 11 at t"):
        two_runs(tmp_path, one, {label: one[label] for label in range(11)})
    assert not (tmp_path / "agreements.parquet").exists()


def test_a_run_without_tables_at_a_tap_is_named(tmp_path):
    densities, groups = write_run(tmp_path, ("first", "exact", "stage_4"), run_of_classes(0))
    with pytest.raises(DataError, match="no class of second at stage_4 under exact is given"):
        compare_seeds(
            class_densities=[densities],
            groups=[groups],
            output=tmp_path / "agreements.parquet",
            runs=("first", "second"),
            taps=["stage_4"],
            job=Job(STUDY_SEED),
        )


@pytest.mark.parametrize("runs", [(), ("only",)])
def test_one_run_has_nothing_to_be_compared_with(runs, tmp_path):
    with pytest.raises(ConfigError, match=f"only {', '.join(runs) or 'none'} is given"):
        compare_seeds(
            class_densities=[],
            groups=[],
            output=tmp_path / "agreements.parquet",
            runs=runs,
            taps=TAPS,
            job=Job(STUDY_SEED),
        )


def test_the_interval_is_the_one_of_resampled_pairs():
    x, y = np.random.default_rng(0).normal(size=(2, 15))
    y[:3] = y[0]
    x += y
    random = np.random.default_rng(1)
    resamples = random.integers(15, size=(RESAMPLES, 15))
    correlations = [spearmanr(x[chosen], y[chosen]).statistic for chosen in resamples]
    found = rank_correlation(x, y, np.random.default_rng(1))
    assert found == pytest.approx((spearmanr(x, y).statistic, *np.quantile(correlations, [0.05, 0.95])))


def test_the_interval_holds_the_true_correlation_nine_times_in_ten():
    covered, true = 0, 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's, of a normal distribution with correlation 0.6
    trials = 100
    for seed in range(trials):
        random = np.random.default_rng(seed)
        x, noise = random.normal(size=(2, 60))
        _, low, high = rank_correlation(x, 0.6 * x + 0.8 * noise, random)
        covered += low <= true <= high
    assert covered / trials == pytest.approx(0.9, abs=4 * (0.9 * 0.1 / trials) ** 0.5)


@settings(max_examples=25)
@given(x=MEANS, y=MEANS)
def test_only_ranks_matter(x, y):
    found, other = (
        rank_correlation(*sides, np.random.default_rng(0)) for sides in ((x, y), (np.exp(x / 10), 3 * y - 7))
    )
    assert found == pytest.approx(other, nan_ok=True)


@settings(max_examples=25)
@given(x=MEANS, y=MEANS)
def test_it_is_symmetric_and_turns_its_sign_with_one_side(x, y):
    correlation, low, high = rank_correlation(x, y, np.random.default_rng(0))
    assert rank_correlation(y, x, np.random.default_rng(0)) == pytest.approx((correlation, low, high), nan_ok=True)
    turned = rank_correlation(x, -y, np.random.default_rng(0))
    assert turned == pytest.approx((-correlation, -high, -low), nan_ok=True)
