import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import chi2

from rote.errors import ConfigError, DataError
from rote.subspaces.classifier import MinimumAngleSubspaceClassifier
from rote.subspaces.moments import ClassMoments

ALL, PUBLISHED, ONE = {"share": 1.0}, {"share": 0.99}, {"number": 1}


def masc(components=None):
    return MinimumAngleSubspaceClassifier(components=components)


def clouds(n=120, d=12, k=3, seed=0):
    """Points about class centres, and their classes."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(k, size=n)
    return generator.normal(size=(k, d))[labels] + 0.7 * generator.normal(size=(n, d)), labels


def published(points, labels, tested, share):
    """The published way, written out: doubled points, components, projection back, angle."""
    angles = []
    for label in np.unique(labels):
        doubled = np.concatenate([points[labels == label], -points[labels == label]])
        _, values, basis = np.linalg.svd(doubled, full_matrices=False)
        ratio = values**2 / (values**2).sum()
        kept = basis[: np.searchsorted(ratio.cumsum(), share, side="right") + 1]
        back = tested @ kept.T @ kept
        norms = np.linalg.norm(back, axis=1) * np.linalg.norm(tested, axis=1)
        angles.append(np.arccos(np.clip(np.diag(back @ tested.T) / norms, -1, 1)))
    return np.argmin(angles, axis=0)


@pytest.mark.parametrize("d", [12, 90], ids=["more points than dimensions", "fewer"])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9, 0.99])
def test_predictions_are_those_of_the_published_way(d, share):
    points, labels = clouds(d=d)
    tested, _ = clouds(d=d, seed=1)
    model = masc({"share": share}).fit(points, labels)
    assert model.predict(tested).tolist() == published(points, labels, tested, share).tolist()


def test_a_point_of_one_of_several_orthogonal_subspaces_is_given_its_class():
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.normal(size=(60, 60)))[0].reshape(60, 6, 10)
    labels = np.repeat(np.arange(6), 50)
    points = np.einsum("dkr,nkr->nd", basis, np.eye(6)[labels][:, :, None] * generator.normal(size=(300, 1, 10)))
    cosines = masc(ALL).fit(points, labels).decision_function(points)
    own = np.eye(6, dtype=bool)[labels]
    assert (cosines[own] >= 1 - 1e-15).all()
    assert (cosines[~own] ** 2 <= 4e-15).all()


@pytest.mark.parametrize("noise", [0.5, 1.0])
def test_accuracy_on_noisy_points_of_orthogonal_subspaces_is_that_of_the_integral(noise):
    """P((1 + σ²) χ²_r > max of K − 1 independent σ² χ²_r)."""
    generator = np.random.default_rng(1)
    labels = np.repeat(np.arange(6), 500)
    exact = np.zeros((3000, 6, 10))
    exact[np.arange(3000), labels] = generator.normal(size=(3000, 10))
    model = masc(ALL).fit(exact.reshape(3000, 60), labels)
    noisy = exact.reshape(3000, 60) + noise * generator.normal(size=(3000, 60))
    expected, _ = quad(lambda x: chi2.pdf(x, 10) * chi2.cdf((1 + noise**2) * x / noise**2, 10) ** 5, 0, 200)
    assert model.score(noisy, labels) == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 3000))


def test_classes_that_span_everything_tie_and_the_first_is_predicted():
    points, labels = clouds(n=300, d=10)
    model = masc(ALL).fit(points, labels)
    assert model.predict(points).tolist() == [0] * 300
    assert model.tied(points).all()
    assert (model.decision_function(points) == 1).all()


def test_equal_subspaces_tie_exactly_in_either_precision():
    points, _ = clouds(n=40, d=30)
    twice = np.concatenate([points, points])
    labels = np.repeat([0, 1, 2], [40, 20, 20])
    labels[60:] = 1  # the same points as class 0
    model = masc(PUBLISHED).fit(twice, labels)
    for dtype in (np.float64, np.float32):
        tested = clouds(n=500, d=30, seed=2)[0].astype(dtype)
        assert model.tied(tested).all()
        assert not model.predict(tested).any()


def test_a_zero_vector_is_given_the_first_class_and_counts_as_a_tie():
    points, labels = clouds()
    model = masc().fit(points, labels)
    assert model.predict(np.zeros((1, 12))) == [0]
    assert model.tied(np.zeros((1, 12))).all()
    assert not model.decision_function(np.zeros((1, 12))).any()


def test_a_class_of_zero_vectors_is_chosen_by_no_other():
    points, labels = clouds()
    points[labels == 1] = 0
    model = masc().fit(points, labels)
    assert model.n_components_[1] == 0
    assert not (model.predict(clouds(seed=3)[0]) == 1).any()


def noise(d, seed):
    """Half-rectified Gaussian features of ten random classes of 100 points."""
    generator = np.random.default_rng(seed)
    return np.maximum(generator.normal(size=(1000, d)), 0), np.repeat(np.arange(10), 100)


@pytest.mark.parametrize(("d", "share", "least"), [(100, 0.9, 0.98), (100, 0.5, 0.75), (200, 0.5, 0.96)])
def test_in_sample_accuracy_on_noise_is_high_and_held_out_accuracy_is_chance(d, share, least):
    points, labels = noise(d, 0)
    model = masc({"share": share}).fit(points, labels)
    assert model.score(points, labels) >= least
    assert model.score(*noise(d, 1)) == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 1000))


def test_predictions_are_unchanged_by_rotation_and_scale_and_not_by_shift():
    points, labels = clouds()
    tested, _ = clouds(n=400, seed=1)
    rotation = np.linalg.qr(np.random.default_rng(5).normal(size=(12, 12)))[0]
    expected = masc().fit(points, labels).predict(tested)
    assert masc().fit(3 * points @ rotation, labels).predict(3 * tested @ rotation).tolist() == expected.tolist()
    assert masc().fit(points + 1, labels).predict(tested + 1).tolist() != expected.tolist()


def test_renamed_classes_are_renamed_predictions():
    points, labels = clouds()
    names = np.array(["c", "a", "b"])
    expected = names[masc().fit(points, labels).predict(points)]
    assert masc().fit(points, names[labels]).predict(points).tolist() == expected.tolist()


@given(st.integers(0, 10**6), st.integers(1, 40))
def test_the_order_and_the_blocks_of_examples_change_nothing(seed, block):
    points, labels = clouds(n=60, d=7, seed=seed)
    order = np.random.default_rng(seed).permutation(60)
    moments = ClassMoments(3, 7)
    for first in range(0, 60, block):
        moments.add(points[order[first : first + block]], labels[order[first : first + block]])
    tested, _ = clouds(n=60, d=7, seed=seed + 1)
    whole = masc().fit_moments(ClassMoments(3, 7).add(points, labels))
    assert masc().fit_moments(moments).predict(tested).tolist() == whole.predict(tested).tolist()
    assert np.concatenate([whole.predict(one[None]) for one in tested]).tolist() == whole.predict(tested).tolist()


def test_one_component_is_another_thing_than_all_variance():
    points, labels = clouds()
    assert masc(ONE).fit(points, labels).n_components_.tolist() == [1, 1, 1]
    assert masc(ALL).fit(points, labels).n_components_.tolist() == [12, 12, 12]


@pytest.mark.parametrize("components", [1, 1.0, {}, {"share": 0.9, "number": 1}, {"share": 0.0}, {"number": 0}])
def test_components_that_could_mean_two_things_are_refused(components):
    with pytest.raises(ConfigError, match=r"components|share|number"):
        masc(components).fit(*clouds())


def test_one_class_is_refused():
    with pytest.raises(DataError, match="one class"):
        masc().fit(np.ones((3, 2)), [0, 0, 0])


def test_single_precision_predicts_as_double_where_classes_nearly_span_everything():
    generator = np.random.default_rng(7)
    points, labels = generator.normal(size=(900, 30)) * np.linspace(1, 30, 30), np.repeat([0, 1, 2], 300)
    tested = (generator.normal(size=(4000, 30)) * np.linspace(1, 30, 30)).astype(np.float32)
    model = masc({"share": 0.99}).fit(points, labels)
    assert model.predict(tested).tolist() == model.predict(tested.astype(np.float64)).tolist()
    assert not model.tied(tested).any()
