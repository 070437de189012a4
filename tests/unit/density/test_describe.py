import json

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.describe import describe_classes
from rote.density.divergence import complexity
from rote.density.pooling import pooled_chains
from rote.errors import DataError
from rote.job import Job
from rote.representations.classes import load
from rote.seeds import Seeds
from rote.tables.density import CLASS_DENSITIES, COMPLEXITIES, DIAGNOSTICS, EXAMPLE_DENSITIES, TRACES
from rote.tables.representations import representations as two_dimensional
from tests.unit.density.density_tables import (
    CLASSES,
    OWNER,
    SHORT,
    STUDY_SEED,
    direct_models,
    fit,
)

TOLERANCE = {"relative_standard_error": 0.02, "standard_error": 0.05, "max_draws": 2048}
OUTPUTS = {
    "example_densities": EXAMPLE_DENSITIES,
    "class_densities": CLASS_DENSITIES,
    "complexities": COMPLEXITIES,
    "diagnostics": DIAGNOSTICS,
}
OPTIONS = [{"protocol": "exact"}, {"protocol": "published"}, {"protocol": "exact", "density_average": "mean_log"}]


def describe(representations, fitted, folder, tolerance=TOLERANCE, processes=1):
    """Tables that describe the classes, by their names."""
    samples, traces = fitted
    outputs = {name: folder / f"{name}.parquet" for name in OUTPUTS}
    describe_classes(
        representations=representations,
        samples=samples,
        traces=traces,
        outputs=outputs,
        tolerance=tolerance,
        job=Job(STUDY_SEED, OWNER, processes, {"rule": "describe_classes"}),
    )
    return outputs


def rows(outputs, name):
    return tables.read(outputs[name], OUTPUTS[name]).to_pylist()


@pytest.fixture(scope="module", params=OPTIONS, ids=lambda options: "-".join(options.values()))
def described(request, representations, tmp_path_factory):
    """Tables of one choice of options, and the estimators that its models equal."""
    folder = tmp_path_factory.mktemp("described")
    models = direct_models(representations, **request.param)
    return describe(representations, fit(representations, folder, **request.param), folder), models


@pytest.fixture(scope="module")
def by_class(representations):
    """Examples and values of each class."""
    known = load(representations)
    return {label: known.by_class(label) for label in CLASSES}


@pytest.fixture
def with_traces(fitted, tmp_path):
    """Rewrite the traces of the log joint by a function of their sweeps and chains; the fitted tables then."""
    samples, traces = fitted
    table = tables.read(traces, TRACES)

    def changed(log_joint):
        values = log_joint(np.asarray(table["log_joint"]), np.asarray(table["sweep"]), np.asarray(table["chain"]))
        columns = {name: table[name] for name in table.column_names} | {"log_joint": values}
        tables.write(tmp_path / "changed.parquet", TRACES, columns, {})
        return samples, tmp_path / "changed.parquet"

    return changed


def predictive(model, chain):
    """Of one chain, or of the pooled ones."""
    return model.predictive_ if chain is None else model.predictive_of(chain)


def test_a_log_density_is_the_estimator_s_score_of_the_example(described, by_class):
    outputs, models = described
    found = {row["example"]: (row["class"], row["log_density"]) for row in rows(outputs, "example_densities")}
    assert len(found) == sum(len(own.example) for own in by_class.values())
    for label, own in by_class.items():
        for example, score in zip(own.example, models[label].score_samples(own.values), strict=True):
            assert found[example] == (label, pytest.approx(score, rel=1e-12))


def test_the_provenance_names_the_chains_that_are_pooled(described):
    outputs, models = described
    pooled = tables.provenance(outputs["class_densities"])["pooled_chains"]
    for label in CLASSES:
        kept = np.array(models[label].options_.kept_sweeps) - 1
        expected = pooled_chains(models[label].log_joint_trace_[:, kept], models[label].options_.pooling)
        assert pooled[str(label)] == expected.tolist()


def test_examples_stand_in_order_of_their_numbers(described):
    examples = [row["example"] for row in rows(described[0], "example_densities")]
    assert examples == sorted(examples)


def test_a_class_has_the_moments_of_its_log_densities_for_the_pooled_chains_and_for_each(described, by_class):
    outputs, models = described
    found = {(row["class"], row["chain"]): row for row in rows(outputs, "class_densities")}
    assert list(found) == [(label, chain) for label in CLASSES for chain in (None, 0, 1)]
    for (label, chain), row in found.items():
        model, values = models[label], by_class[label].values
        scores = predictive(model, chain).log_density(values, model.options_.density_average)
        assert row["n_examples"] == len(values)
        assert row["mean_log_density"] == pytest.approx(scores.mean(), rel=1e-12)
        assert row["log_density_deviation"] == pytest.approx(scores.std(), rel=1e-9)
        assert row["standard_error"] == pytest.approx(scores.std() / len(values) ** 0.5, rel=1e-9)


def test_complexity_is_that_of_the_pooled_chains_and_deviates_as_those_of_each(described, by_class):
    outputs, models = described
    for row in rows(outputs, "complexities"):
        model, values = models[row["class"]], by_class[row["class"]].values
        draws = Seeds(STUDY_SEED, OWNER).generator("complexity", row["class"])
        pooled, *of_chains = (
            complexity(predictive(model, chain), values, draws, Tolerance(**TOLERANCE), average=model.options_.average)
            for chain in (None, 0, 1)
        )
        assert row["relative_entropy"] == pooled.value
        assert row["standard_error"] == pooled.standard_error
        assert (row["draws"], row["reached"]) == (pooled.draws, pooled.reached)
        assert row["chain_deviation"] == pytest.approx(abs(of_chains[0].value - of_chains[1].value) / 2**0.5)


def test_distances_are_those_between_examples_of_the_class(described, by_class):
    for row in rows(described[0], "complexities"):
        distances = pdist(by_class[row["class"]].values)
        assert row["intra_class_distance"] == pytest.approx(distances.mean())
        assert row["distance_deviation"] == pytest.approx(distances.std())


def test_diagnostics_are_the_estimator_s(described):
    outputs, models = described
    found = {(row.pop("class"), row.pop("quantity")): row for row in rows(outputs, "diagnostics")}
    quantities = ("log_joint", "n_components", "concentration")
    assert list(found) == [(label, quantity) for label in CLASSES for quantity in quantities]
    for (label, quantity), row in found.items():
        assert row == pytest.approx(vars(models[label].diagnostics_[quantity]), rel=1e-12)


def test_discarded_and_thinned_sweeps_do_not_enter_diagnostics(representations, fitted, with_traces, tmp_path):
    def spoilt(log_joint, sweep, _):
        kept = np.arange(SHORT["n_discarded"] + SHORT["keep_every"], SHORT["n_sweeps"] + 1, SHORT["keep_every"])
        return np.where(np.isin(sweep, kept), log_joint, 1e9)

    clean = describe(representations, fitted, tmp_path / "clean")
    changed = describe(representations, with_traces(spoilt), tmp_path / "changed")
    assert rows(changed, "diagnostics") == rows(clean, "diagnostics")


def test_chains_that_disagree_are_warned_of_by_key_class_and_quantity(representations, with_traces, tmp_path, capsys):
    describe(representations, with_traces(lambda log_joint, _, chain: log_joint + 1e6 * chain), tmp_path)
    warnings = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Warning")]
    assert len(warnings) == 1
    assert f"Warning: {OWNER}: Chains disagree" in warnings[0]
    assert "log_joint of class 0, 2, 5" in warnings[0]


def test_the_number_of_processes_changes_no_byte(representations, fitted, tmp_path):
    one, two = (describe(representations, fitted, tmp_path / str(n), processes=n) for n in (1, 2))
    for name in OUTPUTS:
        assert one[name].read_bytes() == two[name].read_bytes()


def test_one_chain_has_no_deviation_between_chains(representations, tmp_path):
    outputs = describe(representations, fit(representations, tmp_path, n_chains=1), tmp_path)
    assert [row["chain_deviation"] for row in rows(outputs, "complexities")] == [None] * len(CLASSES)
    densities = rows(outputs, "class_densities")
    pooled, alone = ([row["mean_log_density"] for row in densities if row["chain"] == chain] for chain in (None, 0))
    assert pooled == alone


def test_tables_name_every_option_of_the_models(described):
    outputs, models = described
    for path in outputs.values():
        found = tables.provenance(path)
        assert found["options"] == json.loads(json.dumps(models[0].options_.named()))
        assert found["tolerance"] == TOLERANCE
        assert (found["seed_key"], found["study_seed"]) == (OWNER, STUDY_SEED)


@pytest.mark.parametrize(
    ("rows_left", "message"),
    [(lambda label: label != 5, "fitted to other classes"), (lambda label: np.arange(42) > 3, "other examples")],
)
def test_models_of_other_representations_are_refused_and_nothing_is_written(
    representations, fitted, tmp_path, rows_left, message
):
    table = tables.read(representations, two_dimensional(2))
    table = table.filter(rows_left(np.asarray(table["train_label"])))
    columns = {name: table[name] for name in table.column_names}
    tables.write(tmp_path / "fewer.parquet", two_dimensional(2), columns, {"dimensions": 2})
    with pytest.raises(DataError, match=message):
        describe(tmp_path / "fewer.parquet", fitted, tmp_path / "described")
    assert not (tmp_path / "described").exists()
