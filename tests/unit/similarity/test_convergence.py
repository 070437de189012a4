import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rote import tables
from rote.errors import ConfigError, DataError
from rote.job import Job
from rote.similarity import rows
from rote.similarity.cka import linear_cka
from rote.similarity.convergence import Outputs, cka_with, compare_with_references, settled_epoch
from rote.tables.convergence import REFERENCE_CKA, SETTLING
from tests.unit.small_tables import write_gram_rows

BOTH = pytest.mark.parametrize("estimator", ["biased", "unbiased"])
EPOCHS = [0, 1, 2, 5, 9]


def written(folder, taps, epochs=EPOCHS):
    folder.mkdir()
    return write_gram_rows(
        folder, [("own", 0, epoch, {tap: of[i] for tap, of in taps.items()}) for i, epoch in enumerate(epochs)]
    )


@pytest.fixture
def two(walk, tmp_path):
    """Two runs, each with a wide and a narrow tap, and their representations."""
    taps = [{"wide": walk(5, 2, 16, 40, seed=s), "narrow": walk(5, 2, 16, 3, seed=s + 9)} for s in (0, 1)]
    return [(written(tmp_path / name, of), of) for name, of in zip("ab", taps, strict=True)]


def compared(two, folder, estimator="unbiased", clean=True):
    (own, _), (other, _) = two
    outputs = Outputs(folder / "cka.parquet", folder / "settling.parquet")
    compare_with_references(
        own,
        other if clean else None,
        outputs,
        estimator=estimator,
        batches="mean_of_cka",
        level=0.95,
        job=Job(),
    )
    schemas = (REFERENCE_CKA, SETTLING)
    return [tables.read(path, schema).to_pandas() for path, schema in zip(outputs, schemas, strict=True)]


@BOTH
def test_similarities_are_those_of_the_features_mean_over_batches(two, tmp_path, estimator):
    cka, _ = compared(two, tmp_path, estimator)
    for row in cka.itertuples():
        source = two[0][1] if row.reference == "own" else two[1][1]
        mine, last = two[0][1][row.tap][EPOCHS.index(row.epoch)], source[row.tap][-1]
        expected = np.mean([linear_cka(x, y, estimator=estimator) for x, y in zip(mine, last, strict=True)])
        assert row.cka == pytest.approx(expected, abs=1e-6)
    assert len(cka) == 2 * 2 * len(EPOCHS)


@BOTH
def test_the_last_epoch_is_exactly_like_itself(two, tmp_path, estimator):
    cka, _ = compared(two, tmp_path, estimator)
    own = cka[(cka["reference"] == "own") & (cka["epoch"] == EPOCHS[-1])]
    assert own["cka"].tolist() == [1.0, 1.0]


def test_chance_is_the_mean_over_permutations_of_the_images(two, tmp_path):
    cka, _ = compared(two, tmp_path, "biased")
    row = cka[(cka["reference"] == "clean") & (cka["tap"] == "wide")].iloc[1]
    mine, last, draw = two[0][1]["wide"][1], two[1][1]["wide"][-1], np.random.default_rng(0)
    shuffled = [
        np.mean([linear_cka(x[draw.permutation(len(x))], y) for x, y in zip(mine, last, strict=True)])
        for _ in range(300)
    ]
    assert row["chance"] == pytest.approx(np.mean(shuffled), abs=4 * np.std(shuffled) / 300**0.5)
    assert (compared(two, tmp_path, "unbiased")[0]["chance"] == 0).all()


def test_the_clean_network_has_itself_alone_for_a_reference(two, tmp_path):
    cka, settling = compared(two, tmp_path, clean=False)
    assert set(cka["reference"]) == {"own"}
    assert settling["tap"].tolist() == ["wide", "narrow"]


def test_settling_is_read_off_the_similarity_to_the_own_last_epoch(two, tmp_path):
    cka, settling = compared(two, tmp_path)
    for row in settling.itertuples():
        own = cka[(cka["tap"] == row.tap) & (cka["reference"] == "own")]
        values = own["cka"].to_numpy()
        assert row.settled_epoch == settled_epoch(np.array(EPOCHS), values, 0.95)
        relative = (values - values[0]) / (1 - values[0])
        assert row.relative_settled_epoch == settled_epoch(np.array(EPOCHS), relative, 0.95)
        assert row.first_cka == values[0]
        assert 0 <= row.area <= 1 - values.min()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.floats(0.01, 0.99))
def test_from_the_settled_epoch_on_all_is_above_the_level_and_just_before_it_is_not(values, level):
    cka, epochs = np.array(values), np.arange(len(values)) * 3
    found = settled_epoch(epochs, cka, level)
    if found is None:
        assert cka[-1] < level
        return
    place = found // 3
    assert (cka[place:] >= level).all()
    assert place == 0 or cka[place - 1] < level


def test_rows_of_other_images_or_taps_are_refused(two, walk, tmp_path):
    small = written(tmp_path / "small", {"wide": walk(5, 2, 12, 40), "narrow": walk(5, 2, 12, 3)})
    reference = rows.load(small, "wide")[-1:]
    with pytest.raises(DataError, match="one set of representations"):
        cka_with(rows.load(two[0][0], "wide"), reference, estimator="biased", batches="mean_of_cka")
    other = written(tmp_path / "other", {"deep": walk(5, 2, 16, 40)})
    with pytest.raises(ConfigError, match="deep"):
        compared([two[0], (other, None)], tmp_path)


def test_a_tap_that_is_constant_in_the_end_has_no_own_reference(walk, tmp_path):
    taps = {"dead": [*walk(4, 2, 16, 40), torch.ones(2, 16, 40)]}
    own = written(tmp_path / "own", taps)
    cka, settling = compared([(own, taps), (written(tmp_path / "clean", {"dead": walk(5, 2, 16, 40)}), None)], tmp_path)
    assert set(cka["reference"]) == {"clean"}
    assert len(settling) == 0
