import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from rote import tables
from rote.density.generative import (
    classify,
    classify_held_out,
    log_densities_without,
    most_probable,
)
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.predictive import PosteriorPredictive
from rote.density.student import StudentComponents
from rote.density.subsets import SUBSETS
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.representations.classes import load
from rote.seeds import Seeds
from rote.tables.density import GENERATIVE_PREDICTIONS, GENERATIVE_SCORES
from tests.unit.density.density_tables import CLASSES, OWNER, SHORT, STUDY_SEED, write_representations, write_subsets
from tests.unit.density.predictive_examples import predictive

LABELS = arrays(np.int64, 12, elements=st.integers(0, 4))
LOCATIONS = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 4.0]])


def gaussian(location):
    """A density that is Gaussian with unit covariance to about eight digits: Student's t of many degrees of freedom."""
    component = StudentComponents.from_scales(np.array([1e9]), np.array([location]), np.eye(len(location))[None])
    return PosteriorPredictive(component, np.zeros((1, 1)))


def held_out_examples(known):
    """Four examples of each class in each subset, the random ones among the others."""
    places = {"memorized": slice(0, 4), "random": slice(2, 6), "typical": slice(8, 12)}
    return {
        subset: np.concatenate([known.by_class(label).example[place] for label in CLASSES])
        for subset, place in places.items()
    }


def run(representations, subsets, folder, processes=1, bootstrap_samples=50, **options):
    """Predictions and scores, as rows."""
    predictions, scores = folder / "predictions.parquet", folder / "scores.parquet"
    classify_held_out(
        representations=representations,
        subsets=subsets,
        predictions=predictions,
        scores=scores,
        options={**SHORT, **options},
        job=Job(STUDY_SEED, OWNER, processes, {"rule": "classify_held_out"}),
        bootstrap_samples=bootstrap_samples,
    )
    return predictions, scores


def densities_without(known, held_out, **options):
    found = log_densities_without(
        known,
        {"memorized": held_out},
        options={**SHORT, **options},
        job=Job(STUDY_SEED, OWNER, 1),
    )
    return found["memorized"]


def direct_predictions(known, subset, examples, prior, **options):
    """Class of each held-out example by a loop over classes, with the seeds of the job."""
    held_out = np.isin(known.example, examples)
    joint = []
    for label in CLASSES:
        rows = ~held_out & (known.label == label)
        seed = Seeds(STUDY_SEED, f"{OWNER}, without {subset} examples").seed_sequence("density chain", label)
        model = DirichletProcessGaussianMixture(**SHORT, **options, random_state=seed).fit(known.values[rows])
        log_prior = np.log(rows.sum() / (~held_out).sum()) if prior else 0.0
        joint.append(model.score_samples(known.values[held_out]) + log_prior)
    return dict(zip(known.example[held_out].tolist(), np.array(CLASSES)[np.argmax(joint, axis=0)], strict=True))


@pytest.fixture(scope="module")
def subsets(representations, tmp_path_factory):
    return write_subsets(
        tmp_path_factory.mktemp("subsets") / "subsets.parquet", held_out_examples(load(representations))
    )


@given(arrays(np.float64, (5, 2), elements=st.floats(-8, 8)))
def test_gaussians_of_equal_covariance_are_told_apart_by_the_nearest_mean(points):
    distances = np.linalg.norm(points[:, None] - LOCATIONS, axis=2)
    nearest, second = np.sort(distances, axis=1)[:, :2].T
    clear = second - nearest > 1e-3
    found = classify([gaussian(location) for location in LOCATIONS], None, points)
    assert (found == distances.argmin(axis=1))[clear].all()


@given(st.floats(0.01, 0.99))
def test_the_prior_moves_the_border_as_far_as_bayes_rule_says(share):
    border = 1 + np.log((1 - share) / share) / 2  # between N(0, 1) of this prior's complement and N(2, 1)
    log_prior = np.log([1 - share, share])
    found = classify([gaussian([0.0]), gaussian([2.0])], log_prior, [[border - 1e-3], [border + 1e-3]])
    assert found.tolist() == [0, 1]


def test_a_tie_falls_to_the_lowest_class_and_a_prior_breaks_it():
    models = [gaussian([-1.0]), gaussian([1.0])]
    assert classify(models, None, [[0.0]]).tolist() == [0]
    assert classify(models, np.log([0.5, 0.5]), [[0.0]]).tolist() == [0]
    assert classify(models, np.log([0.4, 0.6]), [[0.0]]).tolist() == [1]


@pytest.mark.parametrize("density_average", ["log_mean", "mean_log"])
def test_points_are_classified_by_the_density_average_asked_for(density_average):
    models = [predictive(2, seed) for seed in range(3)]
    points = np.random.default_rng(0).normal(scale=4, size=(400, 2))
    expected = np.argmax([model.log_density(points, density_average) for model in models], axis=0)
    assert classify(models, None, points, density_average).tolist() == expected.tolist()
    other = "mean_log" if density_average == "log_mean" else "log_mean"
    assert (classify(models, None, points, other) != expected).any()


@pytest.mark.parametrize("log_prior", [[0.0], [0.0, np.nan], [0.0, -np.inf], [[0.0, 0.0]]])
def test_a_prior_that_is_none_is_refused(log_prior):
    with pytest.raises(DataError, match="log_prior must be 2 finite numbers"):
        most_probable(np.zeros((2, 3)), log_prior)


def test_no_class_at_all_is_refused():
    with pytest.raises(DataError, match="at least one density"):
        classify([], None, [[0.0]])


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_what_held_out_examples_are_changes_no_model(representations, protocol):
    known = load(representations)
    held_out = np.isin(known.example, held_out_examples(known)["memorized"])
    before = densities_without(known, held_out, protocol=protocol)
    places = np.flatnonzero(held_out)
    known.values[places[1:]] += 1e3
    after = densities_without(known, held_out, protocol=protocol)
    assert after[:, 0].tolist() == before[:, 0].tolist()
    assert (after[:, 1:] < before[:, 1:]).all()


@pytest.mark.parametrize("options", [{"protocol": "exact"}, {"protocol": "published"}])
def test_predictions_are_those_of_models_of_all_other_examples(tmp_path, options):
    near = np.random.default_rng(5).normal(size=(42, 2))  # classes overlap, so predictions differ
    representations = write_representations(tmp_path / "near.parquet", near)
    known = load(representations)
    examples = held_out_examples(known)
    rare = known.by_class(0).example[:10]  # among the examples that are left
    examples["typical"] = np.union1d(rare, np.setdiff1d(examples["typical"], known.by_class(0).example))
    subsets = write_subsets(tmp_path / "subsets.parquet", examples)
    rows = tables.read(run(representations, subsets, tmp_path, **options)[0], GENERATIVE_PREDICTIONS).to_pylist()
    labels = dict(zip(known.example.tolist(), known.label.tolist(), strict=True))
    assert all(row["class"] == labels[row["example"]] for row in rows)
    by_prior = []
    for subset in SUBSETS:
        for prior in (False, True):
            own = [row for row in rows if (row["subset"], row["prior"]) == (subset, prior)]
            found = {row["example"]: row["predicted_class"] for row in own}
            assert list(found) == sorted(examples[subset].tolist())
            assert found == direct_predictions(known, subset, examples[subset], prior, **options)
            by_prior.append(found)
    assert by_prior[4] != by_prior[5]


def test_scores_are_those_of_the_predictions(representations, subsets, tmp_path):
    predictions, scores = run(representations, subsets, tmp_path)
    rows = tables.read(predictions, GENERATIVE_PREDICTIONS).to_pylist()
    found = tables.read(scores, GENERATIVE_SCORES).to_pylist()
    assert [(row["subset"], row["prior"]) for row in found] == [(s, prior) for s in SUBSETS for prior in (False, True)]
    for row in found:
        own = [one for one in rows if (one["subset"], one["prior"]) == (row["subset"], row["prior"])]
        label, predicted = ([one[name] for one in own] for name in ("class", "predicted_class"))
        assert row["f_score"] == pytest.approx(f1_score(label, predicted, average="macro"))
        assert row["accuracy"] == pytest.approx(np.equal(label, predicted).mean())
        assert row["n_examples"] == len(own) == 12
        assert 0 < row["standard_error"] < 0.5


def test_classes_far_apart_are_recovered_for_every_subset(tmp_path):
    label = load(write_representations(tmp_path / "representations.parquet")).label
    values = 100 * label[:, None] + np.random.default_rng(1).normal(size=(42, 2))
    representations = write_representations(tmp_path / "representations.parquet", values)
    subsets = write_subsets(tmp_path / "subsets.parquet", held_out_examples(load(representations)))
    scores = tables.read(run(representations, subsets, tmp_path)[1], GENERATIVE_SCORES).to_pylist()
    assert [(row["f_score"], row["standard_error"], row["accuracy"]) for row in scores] == [(1, 0, 1)] * 6


def test_the_number_of_processes_changes_no_byte_of_the_predictions(representations, subsets, tmp_path):
    one, two = (run(representations, subsets, tmp_path / str(n), processes=n) for n in (1, 2))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_class_that_is_held_out_entirely_is_left_out_by_name_and_its_examples_are_missed(
    representations, tmp_path, capfd
):
    known = load(representations)
    whole, others = known.by_class(2).example, held_out_examples(known)["typical"]
    examples = held_out_examples(known) | {"typical": np.union1d(whole, others)}
    subsets = write_subsets(tmp_path / "subsets.parquet", examples)
    rows = tables.read(run(representations, subsets, tmp_path)[0], GENERATIVE_PREDICTIONS).to_pylist()
    typical = [row for row in rows if row["subset"] == "typical"]
    assert {row["class"] for row in typical} == set(CLASSES)
    assert {row["predicted_class"] for row in typical} == {0, 5}
    assert f"Warning: without the typical examples of {OWNER} class(es) 2 have too few" in capfd.readouterr().err


def test_a_class_that_is_held_out_entirely_changes_no_other_class_s_density(representations):
    known = load(representations)
    few = np.isin(known.example, held_out_examples(known)["memorized"])
    more = few | (known.label == 2)
    before, after = densities_without(known, few), densities_without(known, more)
    assert np.array_equal(after[[0, 2]][:, few[more]], before[[0, 2]])
    assert np.isneginf(after[1]).all()


def test_where_one_class_alone_could_be_modelled_the_job_is_refused_and_nothing_is_written(representations, tmp_path):
    known = load(representations)
    examples = held_out_examples(known) | {"typical": known.example[known.label != 0]}
    subsets = write_subsets(tmp_path / "subsets.parquet", examples)
    with pytest.raises(DataError, match=rf"1 class\(es\) of {OWNER} can be modelled without the typical.*threshold"):
        run(representations, subsets, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_options_are_refused_before_tables_are_read(tmp_path):
    missing = tmp_path / "missing.parquet"
    with pytest.raises(ConfigError, match="bootstrap_samples must be at least 2"):
        run(missing, missing, tmp_path, bootstrap_samples=1)
    with pytest.raises(ConfigError, match="unknown key of options"):
        run(missing, missing, tmp_path, chains=2)


def test_the_tables_name_every_option_of_the_models(representations, subsets, tmp_path):
    for path in run(representations, subsets, tmp_path, protocol="published"):
        found = tables.provenance(path)
        assert found["options"]["density_average"] == "mean_log"
        assert (found["seed_key"], found["study_seed"], found["bootstrap_samples"]) == (OWNER, STUDY_SEED, 50)
