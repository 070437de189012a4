import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta
from sklearn.metrics import f1_score

from rote import tables
from rote.errors import ConfigError, DataError, TrainingError
from rote.f_score import f_score, f_score_error
from rote.job import Job
from rote.memorization.bins import write_bins, write_held_out_subset
from rote.memorization.held_out import NetworkWithout, describe_bins, score_bins
from rote.tables.bins import BIN_SUMMARY, BINS, HELD_OUT, examples_of_bin
from rote.tables.density import EXAMPLE_DENSITIES, GROUPS
from rote.tables.memorization import SCORES, with_nulls
from rote.training.inputs import Normalisation
from rote.training.run import train_run
from tests.unit import small_networks
from tests.unit.small_networks import PLAIN, SHAPE, accustomed, random_inputs
from tests.unit.small_tables import write_checkpoints, write_images, write_labels, write_scores

N, N_BINS, N_CLASSES = 61, 4, 4
CPU, JOB = torch.device("cpu"), Job(3, "a_run, tap")
RECIPE = {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 1, "batch_size": 16}
CLASSES = np.sort(np.arange(N) % 7 % N_CLASSES)  # of unequal sizes
DENSITY = np.random.default_rng(0).normal(size=N) + 5.0 * (CLASSES >= 2)
SCORE = np.where(np.arange(N) % 5 == 0, np.nan, np.random.default_rng(1).uniform(-0.2, 1, N))
AVERAGES = ["macro", "micro", "weighted"]

predictions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=40)


def shuffling(n, seed):
    return np.random.default_rng(seed).permutation(n)


def shuffled(columns, seed):
    order = shuffling(len(next(iter(columns.values()))), seed)
    return {name: column.take(order) for name, column in columns.items()}


def write_binned(folder):
    densities = {"example": np.arange(N), "class": CLASSES, "log_density": DENSITY}
    tables.write(folder / "densities.parquet", EXAMPLE_DENSITIES, shuffled(densities, 1), {})
    write_bins(
        example_densities=folder / "densities.parquet",
        output=folder / "bins.parquet",
        n_bins=N_BINS,
        job=Job(),
    )
    table = tables.read(folder / "bins.parquet", BINS)
    columns = shuffled({name: table[name] for name in table.column_names}, 6)  # bins are joined by example too
    tables.write(folder / "bins.parquet", BINS, columns, {})
    return folder / "bins.parquet"


# F-score


@given(predictions, st.sampled_from(AVERAGES))
def test_the_f_score_is_scikit_learn_s(pairs, average):
    label, predicted = np.array(pairs).T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = f1_score(label, predicted, average=average)
    assert f_score(label, predicted, average) == pytest.approx(expected, abs=1e-12)


def test_a_class_that_is_only_predicted_counts_with_zero_and_an_absent_one_not_at_all():
    assert f_score([0, 0, 0, 0], [0, 0, 0, 7]) == pytest.approx((6 / 7 + 0) / 2)


def test_to_predict_no_class_misses_the_label_and_is_no_class_of_its_own():
    assert f_score([0, 0, 1, 1], [0, -1, 1, 1]) == pytest.approx((2 / 3 + 1) / 2)
    assert f_score([0, 1], [-1, -1]) == 0


@pytest.mark.parametrize(("label", "predicted"), [([], []), ([0, 1], [0]), ([0, -1], [0, 0]), ([0], [-2])])
def test_predictions_that_have_no_f_score_are_refused(label, predicted):
    with pytest.raises(DataError, match="F-score"):
        f_score(label, predicted)


def test_an_unknown_average_is_refused_by_name():
    with pytest.raises(ConfigError, match=r"'makro'\. Did you mean macro"):
        f_score([0], [0], "makro")


@pytest.mark.parametrize("average", AVERAGES)
def test_the_bootstrap_error_is_the_spread_over_fresh_samples(average):
    random = np.random.default_rng(0)

    def sample():
        label = random.integers(3, size=300)
        return label, np.where(random.random(300) < 0.7, label, random.integers(3, size=300))

    spread = np.std([f_score(*sample(), average) for _ in range(1000)])
    assert f_score_error(*sample(), average, random) == pytest.approx(spread, rel=0.15)


def test_the_bootstrap_error_of_the_micro_average_is_the_binomial_one():
    label, predicted = np.zeros(200, int), (np.arange(200) < 50).astype(int)
    found = f_score_error(label, predicted, "micro", np.random.default_rng(0), resamples=20_000)
    assert found == pytest.approx(np.sqrt(0.75 * 0.25 / 200), rel=0.03)


# predictions of a network without the bin


def write_data(folder):
    pixels = np.random.default_rng(0).integers(0, 256, (N, *SHAPE), dtype=np.uint8)
    write_images(folder / "train.parquet", pixels, CLASSES, mean=(0.4,))
    train_label = (CLASSES + (np.arange(N) % 3 == 0)) % N_CLASSES
    write_labels(folder / "labels.parquet", CLASSES, train_label, order=shuffling(N, 2))
    return pixels, train_label


def network(seed):
    return accustomed(small_networks.network(PLAIN, seed), random_inputs(100, seed))


def write_run(folder, bin_number, networks=None):
    """Bins, images, and checkpoints of epochs 0 and 5 of a run without a bin."""
    pixels, train_label = write_data(folder)
    bins = write_binned(folder)
    leave_out(folder, bin_number)
    networks = [network(0), network(1)] if networks is None else networks
    write_checkpoints(folder, dict(zip((0, 5), networks, strict=True)), mean=(0.4,))
    return pixels, train_label, bins, networks


def leave_out(folder, bin_number):
    write_held_out_subset(
        bins=folder / "bins.parquet",
        bin_number=bin_number,
        n_examples=N,
        output=folder / "subset.parquet",
        job=Job(),
    )


def score(folder, bin_number, epoch=None):
    output = folder / f"held_out_{bin_number}.parquet"
    one = NetworkWithout(bin_number, folder / "subset.parquet", folder / "checkpoints.parquet", output, epoch)
    paths = {name: folder / f"{name}.parquet" for name in ("bins", "train", "labels")}
    score_bins([one], **paths, job=Job(provenance={"code": "c"}))
    return output


def test_the_table_holds_the_network_s_predictions_of_the_bin_s_examples(tmp_path):
    pixels, train_label, bins, networks = write_run(tmp_path, 2)
    path = score(tmp_path, 2)
    table, examples = tables.read(path, HELD_OUT), examples_of_bin(bins, 2)
    inputs = Normalisation([0.4], [0.3], CPU)(torch.from_numpy(pixels[examples]))
    with torch.inference_mode():
        expected = networks[1].eval()(inputs).argmax(1).numpy()
    assert len(set(expected)) > 1
    assert np.array_equal(table["predicted_class"], expected)
    assert np.array_equal(table["example"], examples)
    assert np.array_equal(table["train_label"], train_label[examples])
    assert set(table["bin"].to_pylist()) == {2}
    assert (tables.provenance(path)["code"], tables.provenance(path)["epoch"]) == ("c", 5)


def test_another_epoch_s_network_is_scored_when_asked_for(tmp_path):
    write_run(tmp_path, 0)
    last, asked, first = (tables.read(score(tmp_path, 0, epoch=epoch), HELD_OUT) for epoch in (None, 5, 0))
    assert last.equals(asked)
    assert not last.equals(first)


def test_a_network_that_has_seen_the_bin_is_refused(tmp_path):
    write_run(tmp_path, 1)
    with pytest.raises(DataError, match=r"subset.parquet holds 15 of the 15 examples of bin 2"):
        score(tmp_path, 2)
    assert not (tmp_path / "held_out_2.parquet").exists()


def test_a_network_that_diverged_is_refused(tmp_path):
    broken = network(1)
    with torch.no_grad():
        next(broken.parameters()).fill_(np.nan)
    write_run(tmp_path, 1, [network(0), broken])
    with pytest.raises(TrainingError, match="epoch 5 is not finite"):
        score(tmp_path, 1)


def test_an_epoch_without_a_checkpoint_is_refused(tmp_path):
    write_run(tmp_path, 1)
    with pytest.raises(TrainingError, match="no checkpoint of epoch 3"):
        score(tmp_path, 1, epoch=3)


def test_a_run_trains_on_the_subset_and_is_scored_on_its_bin(tmp_path):
    write_data(tmp_path)
    write_binned(tmp_path)
    leave_out(tmp_path, 3)
    train_run(
        spec={"architecture": PLAIN, "recipe": RECIPE, "subset": str(tmp_path / "subset.parquet")},
        train=tmp_path / "train.parquet",
        test=tmp_path / "train.parquet",
        labels=tmp_path / "labels.parquet",
        history=tmp_path / "history.parquet",
        checkpoints=tmp_path / "checkpoints.parquet",
        job=Job(0, "without 3"),
    )
    table = tables.read(score(tmp_path, 3), HELD_OUT)
    assert np.array_equal(table["example"], examples_of_bin(tmp_path / "bins.parquet", 3))


# summary of bins


def write_summary_inputs(folder):
    """Bins, scores, groups and the predictions of each bin, all with shuffled rows."""
    bins = write_binned(folder)
    write_scores(folder / "scores.parquet", SCORE, order=shuffling(N, 3))
    groups = {
        "class": np.arange(4),
        "group": np.array(["low_density"] * 2 + ["high_density"] * 2),
        "support": np.ones(4),
    }
    tables.write(folder / "groups.parquet", GROUPS, shuffled(groups, 4), {})
    random = np.random.default_rng(5)
    predicted = np.where(random.random(N) < 0.6, CLASSES, random.integers(N_CLASSES, size=N))
    for b in range(N_BINS):
        write_held_out(folder / f"held_out_{b}.parquet", examples_of_bin(bins, b), b, predicted)
    return predicted


def write_held_out(path, examples, bin_number, predicted):
    columns = {
        "example": examples,
        "bin": np.full(len(examples), bin_number),
        "train_label": CLASSES[examples],
        "predicted_class": predicted[examples],
    }
    tables.write(path, HELD_OUT, shuffled(columns, bin_number), {})


def describe(folder, **changes):
    options = {
        **{name: folder / f"{name}.parquet" for name in ("bins", "scores", "groups")},
        "held_out": [folder / f"held_out_{b}.parquet" for b in (2, 0, 3, 1)],
        "output": folder / "summary.parquet",
        "job": JOB,
    }
    describe_bins(**{**options, **changes})
    return folder / "summary.parquet"


def rows(path):
    return tables.read(path, BIN_SUMMARY).to_pylist()


@pytest.mark.parametrize("average", AVERAGES)
def test_every_bin_is_described_by_its_own_examples(tmp_path, average):
    predicted = write_summary_inputs(tmp_path)
    found = rows(describe(tmp_path, average=average))
    number = np.empty(N, int)
    table = tables.read(tmp_path / "bins.parquet", BINS)
    number[np.asarray(table["example"])] = np.asarray(table["bin"])
    assert [row["bin"] for row in found] == list(range(N_BINS))
    for b, row in enumerate(found):
        own = number == b
        scored = SCORE[own & ~np.isnan(SCORE)]
        hits, n = (predicted == CLASSES)[own].sum(), own.sum()
        expected = {
            "bin": b,
            "n_examples": n,
            "mean_log_density": DENSITY[own].mean(),
            "log_density_deviation": DENSITY[own].std(),
            "mean_log_density_error": DENSITY[own].std(ddof=1) / np.sqrt(n),
            "mean_score": scored.mean(),
            "score_deviation": scored.std(),
            "mean_score_error": scored.std(ddof=1) / np.sqrt(len(scored)),
            "n_unscored": n - len(scored),
            "low_density_share": (CLASSES[own] < 2).mean(),
            "high_density_share": (CLASSES[own] >= 2).mean(),
            "f_score": f1_score(CLASSES[own], predicted[own], average=average),
            "accuracy": hits / n,
            "accuracy_low": beta.ppf(0.025, hits, n - hits + 1),
            "accuracy_high": beta.ppf(0.975, hits + 1, n - hits),
        }
        draws = JOB.generator("bootstrap of F-scores", b)
        expected["f_score_error"] = f_score_error(CLASSES[own], predicted[own], average, draws)
        assert row == pytest.approx(expected)
    assert tables.provenance(tmp_path / "summary.parquet")["average"] == average


def test_a_bin_without_scores_has_no_mean_score(tmp_path):
    write_summary_inputs(tmp_path)
    table = tables.read(tmp_path / "scores.parquet", SCORES)
    examples = examples_of_bin(tmp_path / "bins.parquet", 1)
    score = np.where(np.isin(table["example"], examples[1:]), np.nan, 0.5)
    score[np.asarray(table["example"]) == examples[0]] = 0.25
    columns = {name: table[name] for name in table.column_names}
    tables.write(tmp_path / "scores.parquet", SCORES, columns | {"score": with_nulls(score, SCORES.columns[1])}, {})
    one = rows(describe(tmp_path))[1]
    assert (one["mean_score"], one["score_deviation"], one["mean_score_error"]) == (0.25, 0, None)
    score[np.asarray(table["example"]) == examples[0]] = np.nan
    tables.write(tmp_path / "scores.parquet", SCORES, columns | {"score": with_nulls(score, SCORES.columns[1])}, {})
    none = rows(describe(tmp_path))[1]
    assert (none["mean_score"], none["score_deviation"], none["mean_score_error"]) == (None, None, None)
    assert none["n_unscored"] == none["n_examples"]


def test_the_summary_depends_on_no_order_and_on_the_keys_of_its_seed(tmp_path):
    write_summary_inputs(tmp_path)
    first = describe(tmp_path).read_bytes()
    assert describe(tmp_path, held_out=[tmp_path / f"held_out_{b}.parquet" for b in range(4)]).read_bytes() == first
    errors = {
        tuple(row["f_score_error"] for row in rows(describe(tmp_path, **change)))
        for change in ({}, {"job": Job(3, "another")}, {"job": Job(4, "a_run, tap")})
    }
    assert len(errors) == 3


@pytest.mark.parametrize(
    ("given_bins", "message"),
    [
        ([0, 3], "no network was scored on bin 1, 2"),
        ([0, 1, 2, 3, 2], r"bin 2 comes twice, in .*held_out_2.parquet and .*held_out_2.parquet"),
    ],
)
def test_missing_and_repeated_bins_are_refused_by_name(tmp_path, given_bins, message):
    write_summary_inputs(tmp_path)
    with pytest.raises(DataError, match=message):
        describe(tmp_path, held_out=[tmp_path / f"held_out_{b}.parquet" for b in given_bins])
    assert not (tmp_path / "summary.parquet").exists()


def test_predictions_of_a_bin_that_does_not_exist_are_refused(tmp_path):
    predicted = write_summary_inputs(tmp_path)
    write_held_out(tmp_path / "held_out_9.parquet", np.arange(5), 9, predicted)
    with pytest.raises(DataError, match="has no bin 9"):
        describe(tmp_path, held_out=sorted(tmp_path.glob("held_out_*.parquet")))


def test_predictions_of_other_examples_than_the_bin_s_are_refused(tmp_path):
    predicted = write_summary_inputs(tmp_path)
    write_held_out(tmp_path / "held_out_1.parquet", examples_of_bin(tmp_path / "bins.parquet", 0), 1, predicted)
    with pytest.raises(DataError, match=r"held_out_1.parquet is not of the examples that .* has in bin 1"):
        describe(tmp_path)


@pytest.mark.parametrize(("name", "key", "schema"), [("scores", "example", SCORES), ("groups", "class", GROUPS)])
def test_scores_and_groups_that_lack_or_repeat_what_is_wanted_are_refused(tmp_path, name, key, schema):
    write_summary_inputs(tmp_path)
    table = tables.read(tmp_path / f"{name}.parquet", schema).sort_by(key)
    for rows_kept, message in (
        ([0, *range(2, len(table))], f"lacks the {key} 1 "),
        ([0, 1, 1, *range(2, len(table))], f"{key} 1 twice"),
    ):
        kept = table.take(rows_kept)
        tables.write(tmp_path / f"{name}.parquet", schema, {column: kept[column] for column in kept.column_names}, {})
        with pytest.raises(DataError, match=message):
            describe(tmp_path)


def test_an_unknown_average_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(ConfigError, match="median"):
        describe(tmp_path, average="median")
