import numpy as np
import pytest

from rote import tables
from rote.review.distances import of_histories, of_maps, of_rows
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.training import HISTORY
from tests.unit.review.small_study import write_map


def write_history(path, errors, n=100):
    epochs = list(range(len(errors)))
    columns = {"epoch": epochs, "subset": ["test"] * len(errors), "examples": [n] * len(errors), "error": errors}
    columns |= {"loss": [1.0] * len(errors), "standard_error": [0.0] * len(errors)}
    tables.write(path, HISTORY, columns, {})
    return path


def test_errors_are_as_far_apart_as_their_binomial_deviations(tmp_path):
    n, error = 10_000, 0.3
    deviation = (error * (1 - error) / n) ** 0.5
    curves = [[0.5, error], [0.5, error + 3 * deviation]]
    paths = [write_history(tmp_path / f"{place}.parquet", curve, n) for place, curve in enumerate(curves)]
    assert of_histories(paths).squared[0, 1] == pytest.approx(9, rel=0.02)


def test_a_training_that_stopped_early_stays_as_it_was(tmp_path):
    paths = [
        write_history(tmp_path / f"{place}.parquet", curve)
        for place, curve in enumerate([[0.5, 0.2], [0.5, 0.2, 0.2, 0.2], [0.5, 0.2, 0.1]])
    ]
    squared = of_histories(paths).squared
    assert squared[0, 1] == 0
    assert squared[0, 2] > 0


def test_maps_are_compared_where_all_have_an_entry(tmp_path):
    recorded = write_map(tmp_path)["epoch_cka"]
    columns = tables.read(recorded, EPOCH_CKA).to_pydict()
    columns["cka"][1] += 0.5
    other = tmp_path / "other.parquet"
    tables.write(other, EPOCH_CKA, {name: values[:5] for name, values in columns.items()}, {})
    found = of_maps([recorded, other])
    assert found.squared[0, 1] == pytest.approx(0.25)


def test_representations_are_as_far_apart_as_the_unit_vectors_whose_product_is_their_cka(tmp_path):
    paths = write_map(tmp_path)
    found = of_rows([paths["rows"], paths["rows"]], "biased")
    assert np.abs(found.squared).max() < 1e-4
