import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.errors import ConfigError, DataError, TableError
from rote.job import Job
from rote.memorization.bins import draw_bins, write_bins, write_held_out_subset
from rote.tables.bins import BINS, examples_of_bin
from rote.tables.density import EXAMPLE_DENSITIES
from rote.tables.training import SUBSET

N, N_BINS = 47, 5
CLASSES = np.repeat([0, 1, 2, 3], [30, 12, 4, 1])  # unequal, so that a bin may lack a class
DENSITY = np.random.default_rng(0).normal(size=N).round(1) - 3.0 * CLASSES  # rounded, so that there are ties

densities = st.lists(st.integers(-4, 4).map(float), min_size=1, max_size=40)


def write_densities(path, order=None, **changes):
    order = np.arange(N) if order is None else order
    columns = {"example": np.arange(N), "class": CLASSES, "log_density": DENSITY} | changes
    tables.write(path, EXAMPLE_DENSITIES, {name: column[order] for name, column in columns.items()}, {})
    return path


def binned(folder, order=None, n_bins=N_BINS):
    densities = write_densities(folder / "densities.parquet", order)
    write_bins(
        example_densities=densities, output=folder / "bins.parquet", n_bins=n_bins, job=Job(provenance={"code": "c"})
    )
    return folder / "bins.parquet"


def held_out(bins, bin_number, n_examples=N):
    output = bins.parent / "subset.parquet"
    write_held_out_subset(bins=bins, bin_number=bin_number, n_examples=n_examples, output=output, job=Job())
    return output


@given(densities, st.data())
def test_every_bin_has_as_many_examples_but_for_one(log_density, data):
    n_bins = data.draw(st.integers(1, len(log_density)))
    sizes = np.bincount(draw_bins(log_density, n_bins), minlength=n_bins)
    assert len(sizes) == n_bins
    assert sizes.sum() == len(log_density)
    assert sizes.max() - sizes.min() <= 1


@given(densities, st.data())
def test_bins_rise_with_density_and_then_with_the_number_of_the_example(log_density, data):
    bins = draw_bins(log_density, data.draw(st.integers(1, len(log_density))))
    order = sorted(range(len(log_density)), key=lambda example: (log_density[example], example))
    assert (np.diff(bins[order]) >= 0).all()


def test_fifty_bins_of_fifty_thousand_examples_have_a_thousand_each():
    assert set(np.bincount(draw_bins(np.random.default_rng(0).normal(size=50_000), 50))) == {1000}


@pytest.mark.parametrize("n_bins", [0, 4, 2.0])
def test_a_number_of_bins_that_cannot_be_is_refused(n_bins):
    with pytest.raises(ConfigError, match="bins"):
        draw_bins([1.0, 2.0, 3.0], n_bins)


@pytest.mark.parametrize("wrong", [np.nan, -np.inf])
def test_a_density_that_is_not_finite_is_refused(wrong):
    with pytest.raises(DataError, match="finite"):
        draw_bins([1.0, wrong, 3.0], 2)


def test_examples_are_joined_by_their_number_whatever_the_order_of_the_rows(tmp_path):
    (tmp_path / "shuffled").mkdir()
    in_order = binned(tmp_path)
    shuffled = binned(tmp_path / "shuffled", np.random.default_rng(1).permutation(N))
    assert in_order.read_bytes() == shuffled.read_bytes()
    table = tables.read(shuffled, BINS)
    assert np.array_equal(table["example"], np.arange(N))
    assert np.array_equal(table["class"], CLASSES)
    assert np.array_equal(table["log_density"], DENSITY)
    assert np.array_equal(table["bin"], draw_bins(DENSITY, N_BINS))
    assert tables.provenance(shuffled)["n_bins"] == N_BINS


def test_classes_of_unequal_size_fill_equal_bins(tmp_path):
    table = tables.read(binned(tmp_path), BINS)
    number, label = np.asarray(table["bin"]), np.asarray(table["class"])
    assert set(np.bincount(number)) == {9, 10}
    assert set(label[number == 0]) >= {2, 3}  # the rare classes are the least dense
    assert set(label[number == N_BINS - 1]) == {0}


def test_every_example_is_in_exactly_one_bin(tmp_path):
    bins = binned(tmp_path)
    found = np.concatenate([examples_of_bin(bins, b) for b in range(N_BINS)])
    assert np.array_equal(np.sort(found), np.arange(N))


def test_examples_of_a_bin_are_in_order_whatever_the_order_of_the_rows(tmp_path):
    bins = binned(tmp_path)
    expected = [examples_of_bin(bins, b) for b in range(N_BINS)]
    table = tables.read(bins, BINS).take(np.random.default_rng(2).permutation(N))
    tables.write(bins, BINS, {name: table[name] for name in table.column_names}, {})
    for b, examples in enumerate(expected):
        assert np.array_equal(examples, np.sort(examples))
        assert np.array_equal(examples_of_bin(bins, b), examples)


def test_an_example_that_comes_twice_is_refused(tmp_path):
    twice = np.arange(N)
    twice[5] = 4
    write_densities(tmp_path / "densities.parquet", example=twice)
    with pytest.raises(DataError, match="holds an example twice"):
        write_bins(
            example_densities=tmp_path / "densities.parquet",
            output=tmp_path / "bins.parquet",
            n_bins=N_BINS,
            job=Job(),
        )
    assert not (tmp_path / "bins.parquet").exists()


@pytest.mark.parametrize("bin_number", range(N_BINS))
def test_a_held_out_subset_and_its_bin_are_the_whole_training_set(tmp_path, bin_number):
    bins = binned(tmp_path)
    path = held_out(bins, bin_number)
    table = tables.read(path, SUBSET)
    kept, left_out = np.asarray(table["example"]), examples_of_bin(bins, bin_number)
    assert np.array_equal(kept, np.sort(kept))
    assert np.array_equal(np.sort(np.concatenate([kept, left_out])), np.arange(N))
    assert set(table["weight"].to_pylist()) == {1.0}
    assert tables.provenance(path)["held_out_bin"] == bin_number


@pytest.mark.parametrize("bin_number", [-1, N_BINS])
def test_a_bin_that_does_not_exist_is_refused_by_name(tmp_path, bin_number):
    bins = binned(tmp_path)
    with pytest.raises(DataError, match=rf"bins.parquet has no bin {bin_number}: its bins are 0 to 4"):
        held_out(bins, bin_number)


def test_bins_of_another_training_set_are_refused(tmp_path):
    bins = binned(tmp_path)
    with pytest.raises(DataError, match=f"others than the {N - 1} of the training set"):
        held_out(bins, 0, N - 1)


def test_examples_without_a_density_are_trained_on_without_any_bin(tmp_path):
    bins = binned(tmp_path)
    for bin_number in range(N_BINS):
        assert {N, N + 1} <= set(tables.read(held_out(bins, bin_number, N + 2), SUBSET)["example"].to_pylist())


def test_leaving_out_the_only_bin_is_refused(tmp_path):
    with pytest.raises(DataError, match="no example is left"):
        held_out(binned(tmp_path, n_bins=1), 0)


def test_a_table_that_is_not_of_bins_is_refused(tmp_path):
    with pytest.raises(TableError, match="is not a 'bins' table"):
        held_out(write_densities(tmp_path / "densities.parquet"), 0)
