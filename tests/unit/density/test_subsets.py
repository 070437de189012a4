from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.divergence import relative_entropy
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.subsets import SUBSETS, choose_subsets, memorization_subsets, subset_divergences
from rote.errors import DataError
from rote.job import Job
from rote.representations.classes import load
from rote.seeds import Seeds
from rote.tables.density import EXAMPLE_SUBSETS, SUBSET_DIVERGENCES
from tests.unit.density.density_tables import CLASSES, OWNER, SHORT, STUDY_SEED, write_representations, write_subsets
from tests.unit.small_tables import write_scores

TOLERANCE = {"relative_standard_error": 0.05, "standard_error": 0.1, "max_draws": 2048}
PER_CLASS = {"memorized": (5, 4, 2), "random": (4, 4, 4), "typical": (6, 4, 4)}  # of CLASSES
FEW_TIED = [-1.0, 0.0, 0.25, 0.95, 1.0, np.nan]


def choose(scores, output, study_seed=STUDY_SEED, seed_key=OWNER, **options):
    choose_subsets(
        scores=scores,
        output=output,
        job=Job(study_seed, seed_key, provenance={"rule": "choose_subsets"}),
        **options,
    )
    return output


def chosen(path):
    """Examples of each subset, as they stand."""
    rows = tables.read(path, EXAMPLE_SUBSETS).to_pylist()
    return {subset: [row["example"] for row in rows if row["subset"] == subset] for subset in SUBSETS}


def of_each_class(known, per_class=PER_CLASS):
    """So many examples of each class in each subset."""
    return {
        subset: np.concatenate(
            [known.by_class(label).example[:number] for label, number in zip(CLASSES, numbers, strict=True)]
        )
        for subset, numbers in per_class.items()
    }


def diverge(representations, subsets, output, processes=1, least_examples=4, **options):
    subset_divergences(
        representations=representations,
        subsets=subsets,
        output=output,
        options={**SHORT, **options},
        tolerance=TOLERANCE,
        job=Job(STUDY_SEED, OWNER, processes, {"rule": "subset_divergences"}),
        least_examples=least_examples,
    )
    return output


@pytest.fixture(scope="module")
def subsets(representations, tmp_path_factory):
    return write_subsets(tmp_path_factory.mktemp("subsets") / "subsets.parquet", of_each_class(load(representations)))


@given(st.lists(st.sampled_from(FEW_TIED), min_size=1, max_size=40), st.integers(0, 99))
def test_subsets_are_the_highest_the_lowest_and_any_scores_and_equally_many(scores, seed):
    scores = np.array(scores)
    above = scores > 0.9
    if not 0 < 2 * above.sum() <= (~np.isnan(scores)).sum():
        with pytest.raises(DataError, match="memorization score above"):
            memorization_subsets(scores, np.random.default_rng(seed))
        return
    found = memorization_subsets(scores, np.random.default_rng(seed))
    assert found["memorized"].tolist() == np.flatnonzero(above).tolist()
    for rows in found.values():
        assert len(set(rows.tolist())) == above.sum()
        assert not np.isnan(scores[rows]).any()
    others = np.setdiff1d(np.flatnonzero(~np.isnan(scores)), found["typical"])
    assert scores[found["typical"]].max() <= scores[others].min()


def test_every_scored_example_is_equally_likely_to_be_drawn_and_so_is_every_tie():
    scores = np.array([1.0, 0.0, 0.0, 0.0, 0.5, np.nan])
    draws = np.random.default_rng(0)
    found = [memorization_subsets(scores, draws) for _ in range(2000)]
    for subset, expected in (("random", [0.2] * 5 + [0]), ("typical", [0, 1 / 3, 1 / 3, 1 / 3, 0, 0])):
        shares = np.bincount(np.concatenate([one[subset] for one in found]), minlength=6) / 2000
        assert shares == pytest.approx(expected, abs=0.05)  # at least 4.7 standard errors


def test_a_higher_threshold_only_takes_examples_away():
    scores = np.round(np.random.default_rng(1).random(200), 1)
    more, fewer = (memorization_subsets(scores, np.random.default_rng(2), threshold) for threshold in (0.65, 0.85))
    for subset in SUBSETS:
        assert set(fewer[subset]) < set(more[subset])


def test_a_score_at_the_threshold_is_not_memorized():
    assert memorization_subsets([0.9, 0.95, 0.1, 0.0], np.random.default_rng(0))["memorized"].tolist() == [1]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([0.1, 0.5], r"above 0\.9; the highest is 0\.5: lower the threshold"),
        ([np.nan, np.nan], "none has a score"),
        ([0.99, 0.95, 0.1, np.nan], "2 of 3 examples .* raise the threshold"),
    ],
)
def test_too_few_or_too_many_memorized_examples_are_refused_and_nothing_is_written(tmp_path, scores, message):
    with pytest.raises(DataError, match=message):
        choose(write_scores(tmp_path / "scores.parquet", scores), tmp_path / "subsets.parquet")
    assert not (tmp_path / "subsets.parquet").exists()


def test_the_table_holds_example_numbers_in_order_and_counts_those_without_a_score(tmp_path):
    scores = write_scores(tmp_path / "scores.parquet", [0.0, np.nan, 0.95, 1.0, 0.5, 0.1], example=[7, 3, 9, 4, 8, 1])
    output = choose(scores, tmp_path / "subsets.parquet")
    found = chosen(output)
    assert found["memorized"] == [4, 9]
    assert found["typical"] == [1, 7]
    assert found["random"] == sorted(found["random"])
    recorded = tables.provenance(output)
    assert (recorded["without_score"], recorded["threshold"], recorded["seed_key"]) == (1, 0.9, OWNER)


def test_draws_follow_from_seed_and_key(tmp_path):
    scores = write_scores(tmp_path / "scores.parquet", [1.0] * 20 + [0.0] * 80)
    first = chosen(choose(scores, tmp_path / "first.parquet"))
    assert chosen(choose(scores, tmp_path / "again.parquet")) == first
    for change in ({"study_seed": STUDY_SEED + 1}, {"seed_key": "another"}):
        other = chosen(choose(scores, tmp_path / "other.parquet", **change))
        assert other["memorized"] == first["memorized"]
        assert other["random"] != first["random"]
        assert other["typical"] != first["typical"]


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_a_divergence_is_that_of_models_of_the_subset_s_examples_alone(representations, subsets, tmp_path, protocol):
    known = load(representations)
    own = of_each_class(known)
    rows = tables.read(
        diverge(representations, subsets, tmp_path / "out.parquet", protocol=protocol), SUBSET_DIVERGENCES
    )

    def model(subset, label):
        values = known.values[np.isin(known.example, own[subset]) & (known.label == label)]
        seed = Seeds(STUDY_SEED, f"{OWNER}, {subset} examples").seed_sequence("density chain", label)
        return DirichletProcessGaussianMixture(**SHORT, protocol=protocol, random_state=seed).fit(values)

    models = {part: model(*part) for part in product(SUBSETS, (0, 2))}
    for row in rows.to_pylist():
        p, q = (models[row["subset"], row[name]] for name in ("class", "other_class"))
        draws = Seeds(STUDY_SEED, f"{OWNER}, {row['subset']} examples").generator("class divergence", row["class"])
        expected = relative_entropy(
            p.predictive_, q.predictive_, draws, Tolerance(**TOLERANCE), average=p.options_.average
        )
        assert row["relative_entropy"] == pytest.approx(expected.value, rel=1e-9)
        assert row["standard_error"] == pytest.approx(expected.standard_error, rel=1e-9)
        assert (row["draws"], row["reached"]) == (expected.draws, expected.reached)


@pytest.mark.parametrize(("least_examples", "classes"), [(4, (0, 2)), (2, (0, 2, 5))])
def test_only_classes_with_enough_examples_in_every_subset_are_compared(
    representations, subsets, tmp_path, least_examples, classes
):
    output = diverge(representations, subsets, tmp_path / "out.parquet", least_examples=least_examples)
    rows = tables.read(output, SUBSET_DIVERGENCES).to_pylist()
    pairs = [(row["subset"], row["class"], row["other_class"]) for row in rows]
    assert pairs == [(subset, *pair) for subset, pair in product(SUBSETS, permutations(classes, 2))]


def test_fewer_than_two_classes_are_refused_by_the_threshold_s_name(representations, subsets, tmp_path):
    with pytest.raises(DataError, match=r"1 class.* 5 examples .* lower least_examples \(two classes have 4\)"):
        diverge(representations, write_enough_for_one(representations, tmp_path), tmp_path / "out.parquet", 1, 5)
    assert not (tmp_path / "out.parquet").exists()


def write_enough_for_one(representations, folder):
    per_class = dict.fromkeys(SUBSETS, (5, 4, 2))
    return write_subsets(folder / "few.parquet", of_each_class(load(representations), per_class))


def test_the_number_of_processes_changes_no_byte_of_the_divergences(representations, subsets, tmp_path):
    one, two = (diverge(representations, subsets, tmp_path / f"{n}.parquet", processes=n) for n in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_examples_without_a_representation_are_refused(representations, tmp_path):
    examples = of_each_class(load(representations)) | {"random": [123456]}
    with pytest.raises(DataError, match="first number 123456, have no representation"):
        diverge(representations, write_subsets(tmp_path / "unknown.parquet", examples), tmp_path / "out.parquet")


def test_a_missing_subset_is_refused(representations, tmp_path):
    examples = of_each_class(load(representations))
    del examples["typical"]
    with pytest.raises(DataError, match="no typical examples"):
        diverge(representations, write_subsets(tmp_path / "two.parquet", examples), tmp_path / "out.parquet")


def test_a_class_whose_examples_do_not_differ_in_a_subset_is_not_compared(tmp_path):
    values = np.random.default_rng(0).normal(size=(42, 2))
    representations = write_representations(tmp_path / "representations.parquet", values)
    known = load(representations)
    examples = of_each_class(known)
    values[np.isin(known.example, examples["memorized"]) & (known.label == 2), 1] = 1.0
    write_representations(representations, values)
    output = tmp_path / "out.parquet"
    diverge(representations, write_subsets(tmp_path / "subsets.parquet", examples), output, least_examples=2)
    assert set(tables.read(output, SUBSET_DIVERGENCES)["class"].to_pylist()) == {0, 5}
