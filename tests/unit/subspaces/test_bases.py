import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import subspace_angles
from scipy.stats import beta, kstest
from sklearn.decomposition import PCA

from rote.config.components import Components
from rote.subspaces.angles import principal_angles
from rote.subspaces.bases import class_subspaces
from rote.subspaces.moments import ClassMoments

SIZES = (*(Components(share=share) for share in (0.25, 0.5, 0.75, 0.99, 1.0)), Components(number=1))


def moments_of(points, labels=None, n_classes=1):
    given = np.zeros(len(points), int) if labels is None else labels
    return ClassMoments(n_classes, points.shape[1]).add(points, given)


def orthonormal(generator, d, r):
    return np.linalg.qr(generator.normal(size=(d, r)))[0]


@pytest.mark.parametrize("n", [15, 200], ids=["fewer points than dimensions", "more"])
def test_the_subspace_is_that_of_the_doubled_points_principal_components(n):
    points = np.random.default_rng(n).normal(size=(n, 30)) * np.linspace(1, 4, 30) + 2
    doubled = np.concatenate([points, -points])
    for share in (0.25, 0.5, 0.75, 0.99):
        pca = PCA(n_components=share, svd_solver="full").fit(doubled)
        found = class_subspaces(moments_of(points), [Components(share=share)])
        assert found.ranks.item() == pca.n_components_
        assert principal_angles(found.bases[0], pca.components_.T).max() < 1e-7


def test_sums_of_several_sizes_are_those_of_each_alone():
    generator = np.random.default_rng(0)
    points, labels = generator.normal(size=(90, 20)), np.repeat([0, 1, 2], 30)
    moments = moments_of(points, labels, 3)
    together = class_subspaces(moments, SIZES).squared_cosines(points)
    for size, squares in zip(SIZES, together, strict=True):
        alone = class_subspaces(moments, [size]).squared_cosines(points)[0]
        np.testing.assert_allclose(squares, alone, atol=1e-13)


def test_squared_cosines_to_a_random_subspace_follow_the_beta_law():
    generator = np.random.default_rng(0)
    points = orthonormal(generator, 256, 32).T * 5
    found = class_subspaces(moments_of(points), [Components(share=1.0)])
    squares = found.squared_cosines(generator.normal(size=(2000, 256)))[0, :, 0]
    assert found.ranks.item() == 32
    assert kstest(squares, beta(16, 112).cdf).pvalue > 0.01


def test_a_share_that_is_met_exactly_takes_one_component_more():
    points = np.diag([2.0, 2.0, 2.0, 2.0])  # each has a share of a quarter
    sizes = [Components(share=share) for share in (0.25, 0.5, 0.74, 0.75)]
    assert class_subspaces(moments_of(points), sizes).ranks[:, 0].tolist() == [2, 3, 3, 4]


@pytest.mark.parametrize("n", [6, 40])
def test_a_class_of_few_directions_has_so_many_components(n):
    generator = np.random.default_rng(1)
    points = generator.normal(size=(n, 3)) @ generator.normal(size=(3, 12))
    found = class_subspaces(moments_of(points), [Components(share=1.0), Components(number=7)])
    assert found.full.tolist() == [3]
    assert found.ranks[:, 0].tolist() == [3, 3]


def test_values_of_any_size_have_the_same_angles():
    generator = np.random.default_rng(2)
    points = generator.normal(size=(20, 8)).astype(np.float32)
    found = class_subspaces(moments_of(points[:5]), [Components(share=1.0)])
    expected = found.squared_cosines(points)
    np.testing.assert_array_equal(found.squared_cosines(points * np.float32(2.0**70)), expected)
    np.testing.assert_array_equal(found.squared_cosines(points * np.float32(2.0**-70)), expected)


@pytest.mark.parametrize("d", [10, 100])
def test_moments_of_parts_add_up_to_those_of_the_whole(d):
    generator = np.random.default_rng(3)
    points, labels = generator.normal(size=(120, d)), generator.integers(3, size=120)
    folds = [moments_of(points[fold::4], labels[fold::4], 3) for fold in range(4)]
    joined, whole = ClassMoments.joined(folds), moments_of(points, labels, 3)
    assert joined.counts.tolist() == whole.counts.tolist()
    for label in range(3):
        np.testing.assert_allclose(joined[label].second_moment(), whole[label].second_moment(), rtol=1e-12, atol=1e-9)
        np.testing.assert_allclose(joined[label].total, whole[label].total, atol=1e-12)
    assert folds[0].counts.sum() == 30


def test_moments_of_ten_times_the_examples_take_no_more_memory():
    generator = np.random.default_rng(4)

    def held(n):
        moments = ClassMoments(1, 16)
        for _ in range(n):
            moments.add(generator.normal(size=(20, 16)), np.zeros(20, int))
        own = moments[0]
        return own._second.nbytes + sum(points.nbytes for points in own._points)

    assert held(200) == held(20) == 16 * 16 * 8


@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 8))
def test_principal_angles_are_scipy_s(seed, r, s):
    generator = np.random.default_rng(seed)
    first, second = orthonormal(generator, 9, r), orthonormal(generator, 9, s)
    np.testing.assert_allclose(principal_angles(first, second), np.sort(subspace_angles(first, second)), atol=1e-7)


def test_two_shared_directions_have_the_angle_0_and_the_others_are_right():
    basis = np.eye(6)
    angles = principal_angles(basis[:, [0, 1, 2]], basis[:, [0, 1, 3]])
    assert angles.tolist() == [0, 0, np.pi / 2]


def test_small_angles_are_exact():
    small = 1e-9
    rotated = np.array([[np.cos(small)], [np.sin(small)], [0.0]])
    assert principal_angles(np.eye(3)[:, :1], rotated) == pytest.approx([small], rel=1e-12)


def test_squared_cosines_of_two_random_subspaces_sum_to_r_s_over_d_on_average():
    generator = np.random.default_rng(5)
    sums = [
        np.sum(np.cos(principal_angles(orthonormal(generator, 256, 32), orthonormal(generator, 256, 32))) ** 2)
        for _ in range(40)
    ]
    assert np.mean(sums) == pytest.approx(4, abs=4 * np.std(sums) / np.sqrt(40))
