import numpy as np
import pyarrow.parquet as pq
import pytest

from rote import tables
from rote.errors import ConfigError, DataError, TableError
from rote.files import checksum
from rote.job import Job
from rote.memorization.convergence import convergence, trials_needed
from rote.memorization.estimate import estimate_scores
from rote.memorization.measure import measure_convergence
from rote.memorization.pairs import pairs_above, pairs_at_rate
from rote.memorization.published import adopt_published_scores
from rote.memorization.scores import memorization_scores
from rote.memorization.select import Selection, select_pairs
from rote.seeds import Seeds
from rote.tables.memorization import (
    CONVERGENCE,
    INFLUENTIAL_PAIRS,
    PAIR_SELECTIONS,
    PRECISIONS,
    SCORES,
    TRIALS,
    pack,
)
from tests.unit.memorization.memorization_learners import random_trials
from tests.unit.small_tables import write_images

N_TRAIN, N_TEST, N_TRIALS = 21, 13, 90
BLACK = np.zeros((N_TRAIN, 1, 1, 1), np.uint8)


def write_shard(path, trial, membership, train_correct, test_correct):
    rows = {"trial": trial, "training_seed": trial, "n_in": membership.sum(axis=1), "membership": pack(membership)}
    rows |= {"train_correct": pack(train_correct), "test_correct": pack(test_correct)}
    rows |= {name: np.zeros(len(trial)) for name in ("train_accuracy", "held_out_accuracy", "test_accuracy")}
    tables.write(path, TRIALS, rows, {})
    return path


@pytest.fixture(scope="module")
def bits():
    """Trials in which training example 0 decides over test example 0, and the last training example is always in."""
    random = np.random.default_rng(0)
    membership, correct = random_trials(random, N_TRIALS, np.ones(N_TRAIN), random.random(N_TRAIN))
    membership[:, -1] = True
    test_correct = random.random((N_TRIALS, N_TEST)) < 0.5
    test_correct[:, 0] = membership[:, 0]
    return membership, correct, test_correct


@pytest.fixture(scope="module")
def given(tmp_path_factory, bits):
    folder = tmp_path_factory.mktemp("given")

    def shards(size):
        return [
            write_shard(folder / f"{size}-{first}", trial, *(array[trial] for array in bits))
            for first in range(0, N_TRIALS, size)
            for trial in [np.arange(first, min(first + size, N_TRIALS))]
        ]

    return {
        "train": write_images(folder / "train", BLACK[:N_TRAIN], np.arange(N_TRAIN) % 2),
        "test": write_images(folder / "test", BLACK[:N_TEST], np.arange(N_TEST) % 2),
        "shards": shards(7),
        "other shards": shards(80)[::-1],
    }


def estimate(given, folder, name="scores", shards="shards"):
    estimate_scores(shards=given[shards], train=given["train"], output=folder / name, job=Job(provenance={"code": "c"}))
    return folder / name


def pairs(given, folder, shards="shards", **thresholds):
    files = {"pairs": folder / f"pairs {shards}", "selections": folder / f"selections {shards}"}
    images = {split: given[split] for split in ("train", "test")}
    select_pairs(shards=given[shards], **images, selection=Selection(0.1, **thresholds), job=Job(), **files)
    return files


def settle(given, folder, shards="shards", n_trials=(10, 40, 90)):
    files = {"output": folder / f"convergence {shards}", "precisions": folder / f"precisions {shards}"}
    measure_convergence(
        shards=given[shards],
        train=given["train"],
        n_trials=n_trials,
        wanted_errors=[0.1, 0.02],
        fraction=0.7,
        job=Job(3, "noise"),
        **files,
    )
    return files


def test_the_table_of_scores_holds_the_scores_with_null_for_nan(given, bits, tmp_path):
    path = estimate(given, tmp_path)
    expected = memorization_scores(*bits[:2])
    table = tables.read(path, SCORES)
    assert table["example"].to_pylist() == list(range(N_TRAIN))
    assert expected.undefined == table["score"].null_count == table["standard_error"].null_count == 1
    for name in ("score", "standard_error", "p_in", "p_out", "n_in", "n_out"):
        np.testing.assert_array_equal(np.array(table[name].to_pylist(), float), getattr(expected, name))
    recorded = tables.provenance(path)
    assert (recorded["code"], recorded["source"], recorded["trials"], recorded["undefined"]) == ("c", "trials", 90, 1)


def test_how_trials_are_parted_into_shards_changes_no_byte(given, tmp_path):
    one, other = (estimate(given, tmp_path, name, name) for name in ("shards", "other shards"))
    assert one.read_bytes() == other.read_bytes()
    for write in (pairs, settle):
        for one, other in zip(
            write(given, tmp_path).values(), write(given, tmp_path, "other shards").values(), strict=True
        ):
            assert one.read_bytes() == other.read_bytes()


def test_the_table_of_pairs_holds_both_selections(given, bits, tmp_path):
    membership, correct, test_correct = bits
    files = pairs(given, tmp_path)
    table = tables.read(files["pairs"], INFLUENTIAL_PAIRS).to_pylist()
    summary = {row["selection"]: row for row in tables.read(files["selections"], PAIR_SELECTIONS).to_pylist()}
    scores = memorization_scores(membership, correct).score
    memorized = np.nan_to_num(scores) >= 0.25
    for name, found in (
        ("thresholds", pairs_above(membership, test_correct, memorized, 0.15)),
        ("false_discovery_rate", pairs_at_rate(membership, test_correct, memorized, 0.1)),
    ):
        rows = [row for row in table if row["selection"] == name]
        assert [(row["example"], row["test_example"]) for row in rows] == list(
            zip(found.train, found.test, strict=True)
        )
        assert [row["influence"] for row in rows] == found.effect.score.tolist()
        assert [row["score"] for row in rows] == scores[found.train].tolist()
        assert summary[name]["selected"] == len(rows) >= 1
        assert summary[name]["tested"] == memorized.sum() * N_TEST
        assert summary[name]["expected_by_chance"] == pytest.approx(found.expected_by_chance)


def test_a_complete_influence_is_among_the_pairs(given, tmp_path):
    rows = tables.read(pairs(given, tmp_path, memorization=0.0)["pairs"], INFLUENTIAL_PAIRS).to_pylist()
    first = [row for row in rows if (row["example"], row["test_example"]) == (0, 0)]
    assert [(row["influence"], row["standard_error"]) for row in first] == [(1, 0), (1, 0)]


def test_the_tables_of_convergence_hold_the_comparisons_and_the_trials_needed(given, bits, tmp_path):
    files = settle(given, tmp_path)
    expected = convergence(*bits[:2], [10, 40, 90], Seeds(3, "noise").generator("order of trials"))
    rows = tables.read(files["output"], CONVERGENCE).to_pylist()
    assert rows == [vars(row) for row in expected]
    needed = tables.read(files["precisions"], PRECISIONS).to_pydict()
    assert needed["trials_needed"] == [trials_needed(memorization_scores(*bits[:2]), error) for error in (0.1, 0.02)]
    assert all(np.array(needed["trials_needed"]) <= needed["trials_needed_at_most"])


def test_correlations_that_are_not_defined_are_null(given, bits, tmp_path):
    membership = bits[0]
    shard = write_shard(tmp_path / "shard", np.arange(N_TRIALS), membership, membership, bits[2])
    files = settle({**given, "constant": [shard]}, tmp_path, "constant")
    assert set(tables.read(files["output"], CONVERGENCE)["pearson"].to_pylist()) == {None}


def test_published_scores_take_the_same_form(given, tmp_path):
    score = np.linspace(-0.1, 1, N_TRAIN)
    np.savez(tmp_path / "published.npz", scores=score, labels=np.arange(N_TRAIN) % 2)
    adopt_published_scores(file=tmp_path / "published.npz", train=given["train"], output=tmp_path / "scores", job=Job())
    table = tables.read(tmp_path / "scores", SCORES)
    assert table["score"].to_pylist() == score.tolist()
    assert all(table[name].null_count == N_TRAIN for name in ("standard_error", "p_in", "p_out", "n_in", "n_out"))
    recorded = tables.provenance(tmp_path / "scores")
    assert (recorded["source"], recorded["file"]) == ("published", "published.npz")
    assert recorded["checksum"] == checksum(tmp_path / "published.npz")


@pytest.mark.parametrize("fields", [{"tr_labels": np.arange(N_TRAIN)[:, None] % 2}, {}], ids=["labels", "no labels"])
def test_the_table_and_the_log_say_whether_the_order_of_published_scores_was_checked(given, tmp_path, capsys, fields):
    np.savez(tmp_path / "published.npz", scores=np.zeros(N_TRAIN), **fields)
    adopt_published_scores(file=tmp_path / "published.npz", train=given["train"], output=tmp_path / "scores", job=Job())
    assert tables.provenance(tmp_path / "scores")["order_checked_by"] == list(fields)
    assert ("the same order could not be checked" in capsys.readouterr().err) == (not fields)


def test_published_scores_of_other_labels_are_refused(given, tmp_path):
    np.savez(tmp_path / "published.npz", scores=np.zeros(N_TRAIN), labels=np.zeros(N_TRAIN))
    with pytest.raises(DataError, match="another order"):
        adopt_published_scores(
            file=tmp_path / "published.npz", train=given["train"], output=tmp_path / "scores", job=Job()
        )
    assert not (tmp_path / "scores").exists()


def test_a_trial_given_twice_is_refused(given, tmp_path):
    with pytest.raises(DataError, match="7-7 holds a trial a second time"):
        estimate({**given, "twice": [*given["shards"], given["shards"][1]]}, tmp_path, shards="twice")
    both = tmp_path / "both"
    pq.write_table(pq.read_table(given["shards"][0]).take([0, 0]), both)
    with pytest.raises(DataError, match="both holds a trial a second time"):
        estimate({**given, "twice": [both]}, tmp_path, shards="twice")
    assert not (tmp_path / "scores").exists()


def test_shards_of_another_data_set_are_refused(given, tmp_path):
    with pytest.raises(TableError, match=f"packed bits of {N_TEST} examples"):
        estimate({**given, "train": given["test"]}, tmp_path)


def test_no_trials_are_refused(given, tmp_path):
    empty = write_shard(tmp_path / "empty", np.arange(0), *(np.zeros((0, n), bool) for n in (N_TRAIN, N_TRAIN, N_TEST)))
    for write in (estimate, pairs, settle):
        with pytest.raises(DataError, match="no trials"):
            write({**given, "none": [empty]}, tmp_path, shards="none")


def test_more_trials_than_there_are_cannot_be_asked_for(given, tmp_path):
    with pytest.raises(ConfigError, match="there are 90 trials"):
        settle(given, tmp_path, n_trials=[91])
    assert not list(tmp_path.iterdir())
