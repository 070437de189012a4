"""Influential pairs of a data set from shards of trials."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from rote import tables
from rote.data.images import load_true_labels
from rote.job import Job
from rote.memorization.influence import MEMORY
from rote.memorization.pairs import INFLUENCE_THRESHOLD, MEMORIZATION_THRESHOLD, pairs_above, pairs_at_rate
from rote.memorization.scores import memorization_scores
from rote.memorization.shards import read_trials
from rote.tables.memorization import INFLUENTIAL_PAIRS, PAIR_SELECTIONS


@dataclass(frozen=True)
class Selection:
    """Which pairs are selected.

    Attributes
    ----------
    rate : float
        Wanted bound on the false discovery rate.
    memorization, influence : float
        Thresholds of Feldman & Zhang (2020).
    """

    rate: float
    memorization: float = MEMORIZATION_THRESHOLD
    influence: float = INFLUENCE_THRESHOLD


def select_pairs(
    *,
    shards: Sequence[Path],
    train: Path,
    test: Path,
    pairs: Path,
    selections: Path,
    selection: Selection,
    job: Job,
    memory: int = MEMORY,
) -> None:
    """Write the pairs of high influence, by the paper's thresholds and at a false discovery rate.

    Both select among training examples whose memorization reaches its threshold.

    Parameters
    ----------
    shards : sequence of Path
        TRIALS tables, in any order.
    train, test : Path
        Tables of the training and test images.
    pairs, selections : Path
        INFLUENTIAL_PAIRS and PAIR_SELECTIONS tables to write.
    selection : Selection
    job : Job
    memory : int
        Bytes for the blocks, see `rote.memorization.influence.influence_scores`.

    Raises
    ------
    DataError, TableError, ConfigError
        If a shard cannot be used, a trial comes twice, or a threshold, the rate or the memory is out of range.
    """
    n, n_test = len(load_true_labels(train)), len(load_true_labels(test))
    membership, train_correct, test_correct = read_trials(
        shards, {"membership": n, "train_correct": n, "test_correct": n_test}
    )
    scores = memorization_scores(membership, train_correct).score
    memorized = np.nan_to_num(scores, nan=-1.0) >= selection.memorization
    bits = membership, test_correct, memorized
    found = {
        "thresholds": pairs_above(*bits, selection.influence, memory=memory),
        "false_discovery_rate": pairs_at_rate(*bits, selection.rate, memory=memory),
    }
    recorded = job.recorded(trials=len(membership), settings=asdict(selection))
    with (
        tables.writing(pairs, INFLUENTIAL_PAIRS, recorded) as all_pairs,
        tables.writing(selections, PAIR_SELECTIONS, recorded) as all_selections,
    ):
        for name, selected in found.items():
            n = len(selected.train)
            all_pairs.append(
                {
                    "selection": pa.array([name] * n, pa.string()),
                    "example": selected.train,
                    "test_example": selected.test,
                    "influence": selected.effect.score,
                    "standard_error": selected.effect.standard_error,
                    "p_value": selected.p_value,
                    "score": scores[selected.train],
                }
            )
            all_selections.append(
                {
                    "selection": [name],
                    "tested": [selected.tested],
                    "selected": [n],
                    "expected_by_chance": [selected.expected_by_chance],
                }
            )
