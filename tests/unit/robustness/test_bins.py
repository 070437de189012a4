import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import beta

from rote import tables
from rote.errors import ConfigError, DataError
from rote.f_score import f_score
from rote.job import Job
from rote.robustness.bins import SmoothedNetwork, certify_bins, describe_certificates
from rote.tables.bins import BINS, CERTIFIED_ACCURACY, CERTIFIED_BINS
from rote.tables.robustness import CERTIFICATES
from tests.unit.small_networks import PLAIN, SHAPE, network
from tests.unit.small_tables import write_checkpoints, write_images, write_labels, write_subset

N = 24
CERTIFICATION = {"standard_deviation": 0.5, "noise_units": "pixel", "n0": 10, "n": 40, "alpha": 0.05}
BIN = np.arange(N) % 3


def write_run(folder):
    """Images in three bins, labels, and a network without bin 1."""
    pixels, example = np.random.default_rng(0).integers(0, 256, (N, *SHAPE), dtype=np.uint8), np.arange(N)
    write_images(folder / "train.parquet", pixels, example % 4)
    columns = {"example": example, "class": example % 4, "log_density": BIN.astype(float), "bin": BIN}
    tables.write(folder / "bins.parquet", BINS, columns, {})
    write_subset(folder / "subset.parquet", example[BIN != 1])
    write_checkpoints(folder, {0: network(PLAIN, 0)})


def certified(folder, bin_number=1, most=None):
    job, output = Job(1, "a run"), folder / "certificates.parquet"
    one = SmoothedNetwork(bin_number, folder / "subset.parquet", folder / "checkpoints.parquet", output, job)
    paths = {"bins": folder / "bins.parquet", "images": folder / "train.parquet"}
    certify_bins([one], **paths, most=most, certification=CERTIFICATION)
    assert tables.provenance(output)["bin"] == bin_number
    return tables.read(output, CERTIFICATES).to_pylist()


def test_all_examples_of_the_bin_are_certified_where_no_number_is_given(tmp_path):
    write_run(tmp_path)
    assert [row["example"] for row in certified(tmp_path)] == np.flatnonzero(BIN == 1).tolist()


def test_more_examples_only_add_certificates(tmp_path):
    write_run(tmp_path)
    few, more = certified(tmp_path, most=3), certified(tmp_path, most=6)
    assert len(few) == 3
    assert len(more) == 6
    assert all(row in more for row in few)


def test_a_network_that_has_seen_the_bin_certifies_nothing_of_it(tmp_path):
    write_run(tmp_path)
    with pytest.raises(DataError, match="8 of the 8 examples of bin 2"):
        certified(tmp_path, bin_number=2)
    with pytest.raises(ConfigError, match="most"):
        certified(tmp_path, most=0)


PREDICTED = [[0, 1, None, 0], [2, None, None, None], [None] * 4]
RADIUS = [[0.5, 1.0, None, 0.1], [0.25, None, None, None], [None] * 4]


def write_certificates(folder, number, predicted, radius, **changes):
    n = len(predicted)
    columns = {
        "example": np.arange(n) + n * number,
        "predicted_class": pa.array(predicted, pa.int16()),
        "radius": pa.array(radius, pa.float64()),
        "noise_units": ["pixel"] * n,
        "top_class": np.zeros(n, int),
        "count": np.full(n, 30),
        "draws": np.full(n, 40),
        "curtailed": np.zeros(n, bool),
    }
    path = folder / f"bin_{number}.parquet"
    tables.write(path, CERTIFICATES, columns, {"bin": number, "certification": CERTIFICATION, **changes})
    return path


LABEL = np.array([0, 1, 1, 3, 2, 2, 0, 1, 0, 1, 2, 3])


def described(folder, certificates):
    describe_certificates(
        certificates=certificates,
        labels=folder / "labels.parquet",
        output=folder / "bins.parquet",
        accuracies=folder / "accuracy.parquet",
        radii=[0, 0.5],
        job=Job(1, "a run, exact"),
    )
    bins = tables.read(folder / "bins.parquet", CERTIFIED_BINS).to_pylist()
    return bins, tables.read(folder / "accuracy.parquet", CERTIFIED_ACCURACY).to_pylist()


@pytest.fixture
def written(tmp_path):
    write_labels(tmp_path / "labels.parquet", LABEL)
    return [write_certificates(tmp_path, *one) for one in zip(range(3), PREDICTED, RADIUS, strict=True)]


def test_a_bin_is_described_by_its_certain_predictions(tmp_path, written):
    bins, _ = described(tmp_path, written)
    first, second, last = bins
    assert first["mean_radius"] == pytest.approx(np.mean([0.5, 1.0, 0.1]))
    assert first["radius_deviation"] == pytest.approx(np.std([0.5, 1.0, 0.1]))
    assert first["mean_radius_error"] == pytest.approx(np.std([0.5, 1.0, 0.1], ddof=1) / np.sqrt(3))
    assert first["classification_rate"] == 0.75
    assert first["classification_rate_low"] == pytest.approx(beta.ppf(0.025, 3, 2))
    assert first["classification_rate_high"] == pytest.approx(beta.ppf(0.975, 4, 1))
    assert (
        first["f_score"] == pytest.approx(f_score(LABEL[:4], [0, 1, -1, 0])) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    )
    assert (second["mean_radius"], second["mean_radius_error"]) == (0.25, None)
    assert (last["mean_radius"], last["classification_rate"], last["f_score"]) == (None, 0, 0)


def test_accuracy_counts_what_is_right_and_certain_of_each_bin_and_of_all(tmp_path, written):
    _, accuracy = described(tmp_path, written)
    found = {(row["bin"], row["radius"]): row["accuracy"] for row in accuracy}
    assert found == {
        (None, 0): 3 / 12, (None, 0.5): 2 / 12, (0, 0): 2 / 4, (0, 0.5): 2 / 4, (1, 0): 1 / 4, (1, 0.5): 0, (2, 0): 0,
        (2, 0.5): 0,
    }  # fmt: skip
    assert all(row["accuracy_low"] <= row["accuracy"] <= row["accuracy_high"] for row in accuracy)


def test_certificates_of_another_bin_or_noise_are_refused(tmp_path, written):
    with pytest.raises(DataError, match=r"bin_1\.parquet is of bin 1"):
        described(tmp_path, [written[1], written[0], written[2]])
    other = write_certificates(
        tmp_path, 2, PREDICTED[2], RADIUS[2], certification={**CERTIFICATION, "standard_deviation": 1}
    )
    with pytest.raises(DataError, match="'standard_deviation': 1"):
        described(tmp_path, [*written[:2], other])


def test_an_example_without_a_label_is_refused(tmp_path, written):
    write_labels(tmp_path / "labels.parquet", LABEL[:10])
    with pytest.raises(DataError, match="example 11, which has no label"):
        described(tmp_path, written)
