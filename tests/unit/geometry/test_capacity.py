"""The analysis of classes as manifolds: what changes nothing, and what degenerate classes give."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.special import ndtr

from rote.errors import ConfigError, DataError
from rote.geometry import ManifoldCapacity, gram_blocks, shuffled_labels
from rote.geometry.closed_forms import ball_capacity, capacity_without_centers
from rote.geometry.draws import center_coordinates
from tests.unit.geometry.clouds import CASES, Case, clouds, examples

SMALL = clouds(Case(6, 8, 20))
VALUES = ("capacity_", "radius_", "dimension_", "center_correlation_")


def fitted(manifolds, keys=None, **options):
    options = {"n_draws": 50, "random_state": 0} | options
    return ManifoldCapacity(**options).fit(*examples(manifolds), keys)


def values(model):
    return np.array([getattr(model, name) for name in VALUES])


def assert_equal_to_rounding(one, other):
    np.testing.assert_allclose(values(one), values(other), rtol=1e-10)
    for name in ("capacity", "radius", "dimension", "binding"):
        np.testing.assert_allclose(getattr(one.manifolds_, name), getattr(other.manifolds_, name), rtol=1e-10)


REMOVALS = pytest.mark.parametrize("center_removal", ["none", "published"])


@REMOVALS
def test_a_rotation_of_features_changes_nothing(center_removal):
    rotation, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((20, 20)))
    rotated = fitted(SMALL @ rotation, center_removal=center_removal)
    assert_equal_to_rounding(rotated, fitted(SMALL, center_removal=center_removal))


@REMOVALS
def test_order_and_sign_of_features_change_nothing(center_removal):
    random = np.random.default_rng(0)
    signed = SMALL[..., random.permutation(20)] * random.choice([-1, 1], 20)
    assert_equal_to_rounding(
        fitted(signed, center_removal=center_removal), fitted(SMALL, center_removal=center_removal)
    )


@REMOVALS
@pytest.mark.parametrize(("scale", "shift"), [(1e-3, 0), (1e4, 0), (1, 5.0), (1e-200, 0), (1e200, 0)])
def test_scale_and_common_shift_change_nothing(center_removal, scale, shift):
    moved = fitted(SMALL * scale + shift, center_removal=center_removal)
    assert_equal_to_rounding(moved, fitted(SMALL, center_removal=center_removal))


def test_further_features_that_are_constant_change_nothing():
    padded = np.concatenate([SMALL, np.full((6, 8, 7), 3.0)], axis=2)
    assert_equal_to_rounding(fitted(padded), fitted(SMALL))


@REMOVALS
def test_the_order_of_examples_changes_nothing_where_keys_are_given(center_removal):
    X, y = examples(SMALL)  # noqa: N806
    keys = 1000 + 7 * np.arange(len(X))
    order = np.random.default_rng(0).permutation(len(X))
    model = ManifoldCapacity(n_draws=50, random_state=0, center_removal=center_removal)
    before = values(model.fit(X, y, keys))
    np.testing.assert_allclose(values(model.fit(X[order], y[order], keys[order])), before, rtol=1e-10)


def test_names_of_classes_change_nothing_where_keys_are_given():
    X, y = examples(SMALL)  # noqa: N806
    keys = np.arange(len(X))
    model = ManifoldCapacity(n_draws=50, random_state=0)
    before = values(model.fit(X, y, keys))
    np.testing.assert_allclose(values(model.fit(X, np.array(list("fbdeac"))[y], keys)), before, rtol=1e-10)
    assert model.classes_.tolist() == list("abcdef")


def test_gram_blocks_give_what_features_give():
    model = ManifoldCapacity(n_draws=50, random_state=0).fit_gram(gram_blocks(SMALL))
    assert_equal_to_rounding(model, fitted(SMALL))


def test_single_precision_with_a_large_offset_moves_values_by_its_rounding():
    moved = (SMALL + 1000).astype(np.float32)
    np.testing.assert_allclose(values(fitted(moved)), values(fitted(SMALL)), rtol=1e-3)


def test_equal_seeds_give_equal_bytes_whatever_numpy_s_global_state():
    first = values(fitted(SMALL))
    np.random.seed(7)  # noqa: NPY002
    assert values(fitted(SMALL)).tobytes() == first.tobytes()


def test_another_seed_gives_other_draws():
    assert fitted(SMALL, random_state=1).capacity_ != fitted(SMALL).capacity_


def test_errors_are_the_spread_over_seeds():
    models = [fitted(SMALL, random_state=seed, n_draws=100) for seed in range(60)]
    for name in ("capacity", "radius", "dimension"):
        spread = np.std([getattr(model, f"{name}_") for model in models], ddof=1)
        errors = np.mean([getattr(model, f"{name}_error_") for model in models])
        assert 0.7 < errors / spread < 1.4


def test_stratified_draws_have_one_centre_coordinate_in_each_part_of_equal_probability():
    seed = np.random.SeedSequence(0)
    coordinates = center_coordinates(seed, [4, 2], 40, "stratified")
    assert sorted(np.floor(40 * ndtr(coordinates)).tolist()) == list(range(40))
    assert (np.diff(coordinates) < 0).any()


def test_stratified_draws_have_the_same_capacity_with_less_spread_over_seeds():
    found = {
        sampling: np.array([fitted(SMALL, sampling=sampling, random_state=seed).capacity_ for seed in range(60)])
        for sampling in ("independent", "stratified")
    }
    means = [capacities.mean() for capacities in found.values()]
    assert means[1] == pytest.approx(means[0], abs=4 * found["independent"].std() / np.sqrt(30))
    assert found["stratified"].std() < 0.8 * found["independent"].std()


def test_a_mean_is_over_manifolds():
    model = fitted(SMALL)
    assert model.capacity_ == pytest.approx(1 / np.mean(1 / model.manifolds_.capacity))
    assert model.radius_ == pytest.approx(model.manifolds_.radius.mean())
    assert model.dimension_ == pytest.approx(model.manifolds_.dimension.mean())


def test_unstructured_clouds_have_nearly_the_capacity_of_balls():
    model = fitted(clouds(CASES["i"]), n_draws=300)
    assert model.capacity_ == pytest.approx(ball_capacity(model.radius_, model.dimension_), rel=0.04)


def test_a_margin_lowers_the_capacity():
    assert fitted(SMALL, margin=0.5).capacity_ < 0.8 * fitted(SMALL).capacity_


def test_clouds_beside_which_centers_vanish_have_the_capacity_without_centers():
    centers = SMALL.mean(axis=1, keepdims=True)
    model = fitted(centers + 1e5 * (SMALL - centers), n_draws=2000)
    expected = capacity_without_centers(rank=7)
    assert model.capacity_ == pytest.approx(expected, abs=3 * model.capacity_error_ + 1e-3)


def test_points_have_the_capacity_of_points():
    model = fitted(SMALL[:, :1], n_draws=4000)
    assert model.capacity_ == pytest.approx(2, abs=3 * model.capacity_error_)
    assert (model.radius_, model.dimension_) == (0, 0)


@pytest.mark.parametrize("manifolds", [2, 3, 4, 10])
@REMOVALS
def test_any_number_of_manifolds_from_two_on_has_a_capacity(manifolds, center_removal):
    model = fitted(clouds(Case(manifolds, 8, 20)), center_removal=center_removal)
    assert np.isfinite(values(model)).all()
    assert model.shared_directions_.rank <= max(manifolds - 3, 0)


def test_shared_directions_are_taken_off_from_thirty_manifolds_on():
    assert fitted(clouds(Case(29, 3, 40)), n_draws=5, restarts=1).shared_directions_.rank == 0
    assert fitted(clouds(Case(30, 3, 40)), n_draws=5, restarts=1).shared_directions_.rank > 0


@REMOVALS
def test_fewer_features_than_examples_are_analysed_and_marked_by_their_rank(center_removal):
    model = fitted(clouds(Case(10, 36, 10)), center_removal=center_removal)
    assert np.isfinite(values(model)).all()
    assert (model.manifolds_.rank == 10 - model.shared_directions_.rank).all()


def test_repeated_examples_are_analysed():
    repeated = np.concatenate([SMALL, SMALL[:, :3]], axis=1)
    assert np.isfinite(values(fitted(repeated))).all()


def test_constant_features_alone_give_a_marked_result():
    model = fitted(np.ones((4, 5, 3)))
    assert model.n_defined_ == 0
    assert not model.manifolds_.defined.any()
    assert np.isnan(values(model)).all()


def test_a_class_at_the_mean_of_all_is_marked_and_left_out_of_means():
    spread = SMALL - SMALL.mean(axis=1, keepdims=True)
    centers = np.zeros((5, 1, 20))
    centers[range(4), 0, range(4)] = 5
    centers[:4] -= centers[:4].mean(axis=0)
    model = fitted(centers + spread[:5])
    assert model.manifolds_.defined.tolist() == [True] * 4 + [False]
    assert np.isnan(model.manifolds_.capacity[4])
    assert np.isfinite(values(model)).all()
    assert model.n_defined_ == 4


def test_classes_whose_centers_coincide_are_marked():
    same = SMALL - SMALL.mean(axis=1, keepdims=True)
    model = fitted(same)
    assert model.n_defined_ == 0
    assert np.isnan(model.center_correlation_)


@REMOVALS
def test_two_classes_with_one_center_are_analysed(center_removal):
    manifolds = SMALL.copy()
    manifolds[1] += manifolds[0].mean(axis=0) - manifolds[1].mean(axis=0)
    assert np.isfinite(values(fitted(manifolds, center_removal=center_removal))).all()


@pytest.mark.parametrize("definition", ["published", "text", "text_mean_square"])
@pytest.mark.parametrize("directions", ["published", "rank"])
def test_definitions_of_radius_and_dimension_leave_the_capacity(definition, directions):
    model = fitted(SMALL, definition=definition, directions=directions)
    assert model.capacity_ == fitted(SMALL).capacity_
    assert np.isfinite(values(model)).all()


def test_classes_without_structure_have_about_two_over_m():
    X, _ = examples(SMALL)  # noqa: N806
    y = shuffled_labels(np.repeat(np.arange(6), 8), random_state=0)
    noise = np.random.default_rng(0).standard_normal(X.shape)
    assert ManifoldCapacity(n_draws=300, random_state=0).fit(noise, y).capacity_ == pytest.approx(2 / 8, rel=0.3)


@pytest.mark.parametrize(
    ("X", "y", "keys", "message"),
    [
        ([[0.0, np.nan], [1, 2]], [0, 1], None, "NaN"),
        ([[0.0, np.inf], [1, 2]], [0, 1], None, "infinity"),
        ([[0.0, 1], [1, 2]], [0, 0], None, "one class"),
        ([[0.0, 1], [1, 2]], [0.5, 0.7], None, "continuous"),
        ([[0.0, 1], [1, 2]], [0, 1], [3, 3], "different whole numbers"),
        ([[0.0, 1], [1, 2]], [0, 1], [-1, 3], "at least 0"),
        ([[0.0, 1], [1, 2]], [0, 1], [1], "one integer per example"),
        ([[0.0, 1], [1, 2]], [0, 1], [0.0, 1.0], "one integer per example"),
    ],
)
def test_bad_input_is_named(X, y, keys, message):  # noqa: N803
    with pytest.raises(DataError, match=message):
        ManifoldCapacity().fit(X, y, keys)


@pytest.mark.parametrize(
    ("manifolds", "message"),
    [
        ([[[0.0, 1]]], "1 classes"),
        ([[[0.0, 1]], [[1.0, 2, 3]]], "manifold 1 has 3 features"),
        ([[[0.0, 1]], [[np.nan, 2]]], "manifold 1 holds a NaN"),
        ([[[0.0, 1]], np.zeros((0, 2))], "manifold 1 has shape"),
    ],
)
def test_a_bad_manifold_is_named(manifolds, message):
    with pytest.raises(DataError, match=message):
        gram_blocks(manifolds)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("n_draws", 0),
        ("restarts", 0),
        ("margin", -1.0),
        ("margin", np.nan),
        ("definition", "published_twice"),
        ("directions", "all"),
        ("center_removal", "always"),
    ],
)
def test_a_bad_option_is_named(option, value):
    with pytest.raises(ConfigError, match=option):
        fitted(SMALL, **{option: value})


def test_labels_are_dealt_out_anew_in_equal_numbers():
    y = np.repeat(list("abc"), [5, 6, 7])
    dealt = shuffled_labels(y, random_state=0)
    assert sorted(dealt) == sorted(y)
    assert dealt.tolist() != y.tolist()


def test_dealing_follows_keys_and_not_the_order_of_examples():
    y, keys = np.repeat(np.arange(3), 5), np.arange(15) * 11
    order = np.random.default_rng(0).permutation(15)
    dealt = shuffled_labels(y, keys, 0)
    assert shuffled_labels(y[order], keys[order], 0).tolist() == dealt[order].tolist()


def test_a_table_of_manifolds_has_one_value_for_each():
    model = fitted(SMALL)
    assert {getattr(model.manifolds_, one.name).shape for one in fields(model.manifolds_)} == {(6,)}
