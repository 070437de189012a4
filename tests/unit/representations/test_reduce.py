import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import pdist

from rote import tables
from rote.errors import ConfigError, DataError
from rote.files import checksum
from rote.job import Job
from rote.representations.classes import load
from rote.representations.reduce import reduce_representations, singular_vectors
from rote.tables.representations import REPRESENTATION_FILES, VARIANCE, as_column, representations


def features(n=60, d=8, seed=0):
    """Correlated columns that are not centred, float32 as recorded."""
    random = np.random.default_rng(seed)
    return (random.normal(size=(n, d)) @ random.normal(size=(d, d)) + 3).astype(np.float32)


def write(folder, values, tap="stage_1", rows=25):
    n, d = values.shape
    path = folder / "recorded" / f"{tap}.parquet"
    with tables.writing(path, representations(d), {"tap": tap, "dimensions": d}) as table:
        for start in range(0, n, rows):
            example = np.arange(n, dtype=np.int32)[start : start + rows]
            labels = {"true_label": (example % 3).astype(np.int16), "train_label": (example % 4).astype(np.int16)}
            table.append({"example": example, **labels, "representation": as_column(values[start : start + rows])})
    row = {
        "reference": "own",
        "index": 0,
        "epoch": 5,
        "tap": tap,
        "file": f"recorded/{tap}.parquet",
        "examples": n,
        "dimensions": d,
    }
    row |= {"bytes": path.stat().st_size, "checksum": checksum(path)}
    manifest = folder / "recorded.parquet"
    tables.write(manifest, REPRESENTATION_FILES, {name: [value] for name, value in row.items()}, {})
    return manifest


def reduce(folder, values, dimensions, tap="stage_1"):
    manifest = write(folder, values)
    paths = folder / "reduced.parquet", folder / "variance.parquet"
    reduce_representations(manifest, *paths, tap=tap, dimensions=dimensions, job=Job(provenance={"code": "c"}))
    return paths


def test_singular_values_and_vectors_are_those_of_the_decomposition_of_the_whole_up_to_sign():
    x = features().astype(np.float64)
    values, vectors, rank = singular_vectors([x])
    _, expected, transposed = np.linalg.svd(x, full_matrices=False)
    np.testing.assert_allclose(values, expected, rtol=1e-10)
    np.testing.assert_allclose(np.abs((vectors * transposed.T).sum(0)), 1, rtol=1e-10)
    assert rank == 8


SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6)
MATRICES = hnp.arrays(np.int64, SHAPES, elements=st.integers(-9, 9)).filter(np.any).map(np.float64)


@settings(max_examples=60)
@given(MATRICES, st.data())
def test_blocks_give_what_the_whole_gives(x, data):
    cuts = sorted(data.draw(st.sets(st.integers(1, len(x) - 1))))
    whole, streamed = singular_vectors([x]), singular_vectors(np.split(x, cuts))
    np.testing.assert_allclose(streamed[0] ** 2, whole[0] ** 2, atol=1e-12 * whole[0][0] ** 2)
    projections = [vectors[:, :rank] @ vectors[:, :rank].T for _, vectors, rank in (whole, streamed)]
    assert whole[2] == streamed[2] == np.linalg.matrix_rank(x)
    np.testing.assert_allclose(*projections, atol=1e-5)


@settings(max_examples=60)
@given(MATRICES)
def test_vectors_are_orthonormal_and_their_largest_entry_is_positive(x):
    _, vectors, _ = singular_vectors([x])
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(x.shape[1]), atol=1e-12)
    assert (np.abs(vectors).max(0) == vectors.max(0)).all()


def test_the_reduced_representation_is_the_product_with_the_first_vectors(tmp_path):
    x = features()
    reduced, _ = reduce(tmp_path, x, 3)
    left, values, _ = np.linalg.svd(x.astype(np.float64), full_matrices=False)
    found, expected = load(reduced), (left * values)[:, :3]
    signs = np.sign((found.values * expected).sum(0))
    np.testing.assert_allclose(found.values, expected * signs, rtol=1e-6, atol=1e-5)


def test_examples_and_both_labels_stay_with_their_rows(tmp_path):
    reduced, _ = reduce(tmp_path, features(), 3)
    for label, classes in (("true_label", 3), ("train_label", 4)):
        found = load(reduced, label)
        assert np.array_equal(found.example, np.arange(60))
        assert np.array_equal(found.label, np.arange(60) % classes)


def test_distances_do_not_depend_on_a_rotation_of_the_features(tmp_path):
    x = features()
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0]
    before, after = (
        load(reduce(tmp_path / name, values.astype(np.float32), 8)[0]).values
        for name, values in (("a", x), ("b", x @ rotation))
    )
    np.testing.assert_allclose(pdist(before), pdist(x), rtol=1e-5)
    np.testing.assert_allclose(pdist(after), pdist(before), rtol=1e-5)


def test_shares_of_variance_are_those_of_squared_singular_values(tmp_path):
    x = features()
    _, variance = reduce(tmp_path, x, 3)
    table = tables.read(variance, VARIANCE).to_pandas()
    squares = np.linalg.svd(x.astype(np.float64), compute_uv=False) ** 2
    np.testing.assert_allclose(table.singular_value**2, squares, rtol=1e-9)
    np.testing.assert_allclose(table.cumulative_share, squares.cumsum() / np.square(x.astype(np.float64)).sum())
    assert table.singular_vector.tolist() == list(range(1, 9))
    assert table.retained.tolist() == [True] * 3 + [False] * 5
    assert set(table.tap) == {"stage_1"}


def test_no_more_dimensions_are_kept_than_the_rank_and_both_numbers_are_stated(tmp_path):
    x = features(d=8)
    x[:, 5] = 0
    x[:, 6:] = x[:, :2]
    reduced, variance = reduce(tmp_path, x, 7)
    assert load(reduced).values.shape == (60, 5)
    for path in (reduced, variance):
        stated = tables.provenance(path)
        assert (stated["asked"], stated["dimensions"], stated["code"]) == (7, 5, "c")
    assert tables.read(variance, VARIANCE)["retained"].to_pylist() == [True] * 5 + [False] * 3
    np.testing.assert_allclose(pdist(load(reduced).values), pdist(x), rtol=1e-5)


def test_equal_representations_give_equal_bytes(tmp_path):
    first, second = (reduce(tmp_path / name, features(), 3) for name in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_a_tap_that_was_not_recorded_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"tap: 'stage_2'\. Did you mean stage_1"):
        reduce(tmp_path, features(), 3, tap="stage_2")


def test_no_dimensions_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="dimensions must be"):
        reduce(tmp_path, features(), 0)


def test_representations_that_are_all_zero_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(DataError, match="all zero"):
        reduce(tmp_path, np.zeros((5, 2), np.float32), 2)
    assert not list(tmp_path.glob("*reduced*"))


def test_a_damaged_or_missing_table_is_named(tmp_path):
    manifest = write(tmp_path, features())
    path = tmp_path / "recorded" / "stage_1.parquet"
    content = path.read_bytes()
    for damage in (lambda: path.write_bytes(content[:99] + b"?" + content[100:]), path.unlink):
        damage()
        with pytest.raises(DataError, match=r"stage_1\.parquet is missing or damaged"):
            reduce_representations(manifest, tmp_path / "r", tmp_path / "v", tap="stage_1", dimensions=2, job=Job())
