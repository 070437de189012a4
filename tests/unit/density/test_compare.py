from itertools import permutations

import pytest

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.compare import compare_classes
from rote.density.divergence import relative_entropy
from rote.job import Job
from rote.seeds import Seeds
from rote.tables.density import CLASS_DIVERGENCES
from tests.unit.density.density_tables import CLASSES, OWNER, STUDY_SEED, direct_models, fit

TOLERANCE = {"relative_standard_error": 0.05, "standard_error": 0.1, "max_draws": 4096}


def compare(representations, fitted, output, tolerance=TOLERANCE, processes=1):
    samples, traces = fitted
    compare_classes(
        representations=representations,
        samples=samples,
        traces=traces,
        output=output,
        tolerance=tolerance,
        job=Job(STUDY_SEED, OWNER, processes, {"rule": "compare_classes"}),
    )
    return output


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_an_entry_is_the_relative_entropy_of_its_two_models(representations, tmp_path, protocol):
    fitted = fit(representations, tmp_path, protocol=protocol)
    output = compare(representations, fitted, tmp_path / "divergences.parquet")
    models = direct_models(representations, protocol=protocol)
    found = tables.read(output, CLASS_DIVERGENCES).to_pylist()
    for row in found:
        p, q = models[row["class"]], models[row["other_class"]]
        draws = Seeds(STUDY_SEED, OWNER).generator("class divergence", row["class"])
        expected = relative_entropy(
            p.predictive_, q.predictive_, draws, Tolerance(**TOLERANCE), average=p.options_.average
        )
        assert row["relative_entropy"] == pytest.approx(expected.value, rel=1e-12)
        assert row["standard_error"] == pytest.approx(expected.standard_error, rel=1e-9)
        assert (row["draws"], row["reached"]) == (expected.draws, expected.reached)
    assert len({row["draws"] for row in found}) > 1  # as many for each as it needs


def test_every_ordered_pair_of_different_classes_stands_once_in_order(representations, fitted, tmp_path):
    output = compare(representations, fitted, tmp_path / "divergences.parquet")
    pairs = [(row["class"], row["other_class"]) for row in tables.read(output, CLASS_DIVERGENCES).to_pylist()]
    assert pairs == list(permutations(CLASSES, 2))


def test_the_number_of_processes_changes_no_byte(representations, fitted, tmp_path):
    one, two = (compare(representations, fitted, tmp_path / f"{n}.parquet", processes=n) for n in (1, 2))
    assert one.read_bytes() == two.read_bytes()


def test_the_table_says_whose_models_it_compares_and_how(representations, tmp_path):
    fitted = fit(representations, tmp_path, protocol="published")
    found = tables.provenance(compare(representations, fitted, tmp_path / "divergences.parquet"))
    expected = {"seed_key": OWNER, "study_seed": STUDY_SEED, "tolerance": TOLERANCE, "rule": "compare_classes"}
    assert expected.items() <= found.items()
    assert found["options"]["average"] == "mean_of_divergences"


def test_an_estimate_short_of_its_precision_is_marked(representations, fitted, tmp_path):
    output = tmp_path / "divergences.parquet"
    compare(representations, fitted, output, {"standard_error": 1e-9, "max_draws": 512})
    for row in tables.read(output, CLASS_DIVERGENCES).to_pylist():
        assert (row["draws"], row["reached"]) == (512, False)
