import numpy as np
import pytest

from rote import tables
from rote.density.models import class_models
from rote.errors import ConfigError, DataError
from rote.tables.density import POSTERIOR_SAMPLES, TRACES
from rote.tables.representations import as_column
from rote.tables.representations import representations as two_dimensional
from tests.unit.density.density_tables import (
    CLASSES,
    OWNER,
    SHORT,
    STUDY_SEED,
    direct_models,
    fit,
    fit_and_kill_all,
    fit_until,
    write_representations,
)

PLACED = 2 * len(CLASSES) + 2  # two files of every class, then the two tables; then the classes' folder is removed


def content(paths):
    return [path.read_bytes() for path in paths]


def class_files(folder):
    """Files of fitted classes, what a killed job left half-written aside."""
    return {path.name: path.stat() for path in (folder / "posterior_samples").glob("class_*")}


@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_every_class_is_fitted_as_the_estimator_fits_it(representations, tmp_path, protocol):
    samples, traces = fit(representations, tmp_path, protocol=protocol)
    table, trace = tables.read(samples, POSTERIOR_SAMPLES), tables.read(traces, TRACES)
    for label, model in direct_models(representations, protocol=protocol).items():
        rows = table.filter(np.asarray(table["class"]) == label)
        assert np.array_equal(rows["assignments"].to_pylist(), model.assignments_)
        assert np.array_equal(rows["concentration"], model.concentrations_)
        assert np.array_equal(rows["chain"], model.chains_)
        assert np.array_equal(rows["sweep"], model.sweeps_)
        rows = trace.filter(np.asarray(trace["class"]) == label)
        assert rows["chain"].to_pylist() == [0] * SHORT["n_sweeps"] + [1] * SHORT["n_sweeps"]
        assert rows["sweep"].to_pylist() == 2 * list(range(1, SHORT["n_sweeps"] + 1))
        assert np.array_equal(rows["log_joint"], model.log_joint_trace_.ravel())
        assert np.array_equal(rows["n_components"], model.n_components_trace_.ravel())
        assert np.array_equal(rows["concentration"], model.concentration_trace_.ravel())


def test_classes_stand_in_order_of_their_labels(fitted):
    for path, schema in zip(fitted, (POSTERIOR_SAMPLES, TRACES), strict=True):
        labels = np.asarray(tables.read(path, schema)["class"])
        assert np.array_equal(labels, np.repeat(CLASSES, len(labels) // len(CLASSES)))


def test_tables_say_whose_models_they_are_and_how_they_were_fitted(fitted):
    for path in fitted:
        found = tables.provenance(path)
        expected = {"seed_key": OWNER, "study_seed": STUDY_SEED, "options": SHORT, "rule": "fit_densities"}
        assert expected.items() <= found.items()


def test_only_the_two_tables_are_left(fitted):
    samples, traces = fitted
    assert sorted(samples.parent.iterdir()) == [samples, traces]


def test_the_number_of_processes_changes_no_byte(representations, fitted, tmp_path):
    assert content(fit(representations, tmp_path, processes=2)) == content(fitted)


@pytest.mark.parametrize("change", [{"seed_key": "another run, stage_4"}, {"study_seed": STUDY_SEED + 1}])
def test_chains_follow_from_the_key_and_the_study_s_seed(representations, fitted, tmp_path, change):
    samples, _ = fit(representations, tmp_path, **change)
    found, other = (tables.read(path, POSTERIOR_SAMPLES)["concentration"] for path in (samples, fitted[0]))
    assert not set(found.to_pylist()) & set(other.to_pylist())


@pytest.mark.parametrize("moment", range(PLACED + 1))
def test_a_job_killed_at_any_moment_and_run_again_gives_the_same_bytes(representations, fitted, tmp_path, moment):
    fit_until(moment, representations, tmp_path)
    assert content(fit(representations, tmp_path)) == content(fitted)
    assert not (tmp_path / "posterior_samples").exists()


@pytest.mark.parametrize("moment", [0, 1, 2, 5, PLACED])
def test_a_kill_loses_no_more_than_the_class_it_falls_into(representations, tmp_path, moment):
    fit_until(moment, representations, tmp_path)
    begun, last_sample = min(moment // 2, len(CLASSES)), "class_{}_posterior_samples.parquet"
    before = class_files(tmp_path)
    kept = [label for label in CLASSES if last_sample.format(label) in before]
    assert kept == list(CLASSES[:begun])

    fit_until(2 * (len(CLASSES) - begun) + 2, representations, tmp_path)  # to the removal of the classes' folder
    after = class_files(tmp_path)
    assert len(after) == 2 * len(CLASSES)
    for label in kept:
        for name in (last_sample.format(label), f"class_{label}_traces.parquet"):
            assert (after[name].st_ino, after[name].st_mtime_ns) == (before[name].st_ino, before[name].st_mtime_ns)


@pytest.mark.slow
def test_a_job_killed_with_its_processes_and_run_again_gives_the_same_bytes(representations, tmp_path):
    long = {"n_sweeps": 5_000, "n_discarded": 4_990}
    fit_and_kill_all(representations, tmp_path / "killed", **long)
    assert content(fit(representations, tmp_path / "killed", **long)) == content(
        fit(representations, tmp_path / "whole", **long)
    )


@pytest.mark.parametrize(
    "change", [{"concentration": 2.0}, {"study_seed": STUDY_SEED + 1}, {"seed_key": "another run, stage_4"}]
)
def test_classes_fitted_otherwise_before_a_kill_are_fitted_anew(representations, tmp_path, change):
    whole = tmp_path / "whole"
    fit_until(PLACED, representations, tmp_path / "killed")
    assert content(fit(representations, tmp_path / "killed", **change)) == content(
        fit(representations, whole, **change)
    )


def test_classes_fitted_to_other_representations_before_a_kill_are_fitted_anew(fitted, representations, tmp_path):
    other = write_representations(tmp_path / "other.parquet", np.random.default_rng(1).normal(size=(42, 2)))
    fit_until(PLACED, other, tmp_path)
    assert content(fit(representations, tmp_path)) == content(fitted)


def without_variety(path, change):
    """Representations of three classes after a change of the values and labels of class 2."""
    values, columns = np.random.default_rng(1).normal(size=(42, 2)), tables.read(path, two_dimensional(2)).to_pydict()
    label = np.array(columns["train_label"], np.int16)
    change(values, label, np.flatnonzero(label == 2))
    columns |= {"train_label": label, "representation": as_column(values.astype(np.float32))}
    tables.write(path, two_dimensional(2), columns, {"dimensions": 2})
    return path


def constant(values, label, own):
    values[own, 1] = 0.5


def single(values, label, own):
    label[own[1:]] = 0


@pytest.mark.parametrize(("change", "n"), [(constant, 14), (single, 1)])
@pytest.mark.parametrize("protocol", ["exact", "published"])
def test_a_class_that_cannot_be_modelled_is_left_out_by_name(tmp_path, capfd, change, n, protocol):
    path = without_variety(write_representations(tmp_path / "stage_4.parquet"), change)
    files = fit(path, tmp_path / "fit", protocol=protocol)
    for written, schema in zip(files, (POSTERIOR_SAMPLES, TRACES), strict=True):
        assert set(tables.read(written, schema)["class"].to_pylist()) == {0, 5}
        assert tables.provenance(written)["left_out"] == {"2": n}
    assert f"Warning: class(es) 2 ({n} example(s)) of {OWNER} are left out" in capfd.readouterr().err
    assert [model.label for model in class_models(path, *files)] == [0, 5]


def test_a_class_of_two_examples_is_modelled(tmp_path):
    def two(values, label, own):
        label[own[2:]] = 0

    path = without_variety(write_representations(tmp_path / "stage_4.parquet"), two)
    for protocol in ("exact", "published"):
        samples, _ = fit(path, tmp_path / protocol, protocol=protocol)
        assert set(tables.read(samples, POSTERIOR_SAMPLES)["class"].to_pylist()) == set(CLASSES)


def test_where_no_class_can_be_modelled_the_fit_is_refused_with_the_remedy_and_nothing_is_written(tmp_path):
    path = write_representations(tmp_path / "stage_4.parquet", np.ones((42, 2)))
    with pytest.raises(DataError, match=rf"no class of {OWNER} has two examples that differ.*class_fitting\.runs"):
        fit(path, tmp_path / "fit")
    assert not (tmp_path / "fit").exists()


def test_an_option_out_of_range_is_refused_and_nothing_is_written(representations, tmp_path):
    with pytest.raises(ConfigError, match="sampler: 'gibbs'"):
        fit(representations, tmp_path / "fit", sampler="gibbs")
    assert not (tmp_path / "fit").exists()
