import numpy as np
import pytest
from scipy.stats import spearmanr

from rote import tables
from rote.errors import DataError
from rote.job import Job
from rote.memorization.correlation import correlate_scores
from rote.tables.memorization import SCORE_CORRELATIONS
from tests.unit.small_tables import write_scores

RANDOM = np.random.default_rng(0)
OURS = np.where(np.arange(80) % 9 == 0, np.nan, RANDOM.uniform(-0.2, 1, 80))
THEIRS = {"close": OURS + RANDOM.normal(0, 0.1, 80), "opposed": -OURS, "constant": np.zeros(80)}


def write_shuffled(path, score, **wildcards):
    order = np.random.default_rng(1).permutation(len(score))  # examples are joined by their number
    return write_scores(path, score, order=order, wildcards=wildcards)


def correlated(folder, references=THEIRS):
    correlate_scores(
        scores=write_shuffled(folder / "ours.parquet", OURS, trials="ours"),
        published=[
            write_shuffled(folder / f"{name}.parquet", np.asarray(one), published=name)
            for name, one in reversed(references.items())
        ],
        output=folder / "correlations.parquet",
        references=list(references),
        job=Job(1, "trials"),
    )
    rows = tables.read(folder / "correlations.parquet", SCORE_CORRELATIONS).to_pylist()
    return {row["reference"]: row for row in rows}


def test_the_correlation_is_spearman_s_over_the_examples_with_both_scores(tmp_path):
    found, scored = correlated(tmp_path), np.isfinite(OURS)
    assert found["close"]["spearman"] == pytest.approx(spearmanr(OURS[scored], THEIRS["close"][scored]).statistic)
    assert found["close"]["examples"] == scored.sum()
    assert found["close"]["trials"] == 64
    assert found["close"]["low"] < found["close"]["spearman"] < found["close"]["high"]
    assert found["opposed"]["spearman"] == pytest.approx(-1)


def test_rows_stand_in_the_order_of_the_references_whatever_that_of_their_tables(tmp_path):
    assert list(correlated(tmp_path)) == list(THEIRS)


def test_a_constant_score_has_no_correlation(tmp_path):
    row = correlated(tmp_path)["constant"]
    assert row["spearman"] is row["low"] is row["high"] is None


def test_scores_of_another_data_set_are_refused(tmp_path):
    with pytest.raises(DataError, match="short has 79 scores"):
        correlated(tmp_path, {"short": OURS[:79]})
