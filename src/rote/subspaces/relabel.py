"""Labels that a network's own class subspaces give its training images, and what that corrects and breaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rote import tables
from rote.config.components import Components
from rote.data.labels import Labels, load_labels
from rote.job import Job
from rote.seeds import Seeds
from rote.settings import parse
from rote.subspaces.classifiers import size_name
from rote.tables.data import LABELS
from rote.tables.frames import gather
from rote.tables.masc import MASC_ACCURACY, MASC_PREDICTIONS, RELABELLING, best_layer
from rote.training.seen import seen

FITS = {"in_sample": "all", "cross_fitted": "other_folds"}


@dataclass(frozen=True)
class How:
    """How training images are relabelled, see `rote.config.masc`.

    Attributes
    ----------
    labelling : {"corrupted", "true"}
        Labels that the subspaces are made of.
    components : Components
    labels : {"in_sample", "cross_fitted"}
        Whether subspaces relabel the examples that they are made of, or those of the other folds do.
    subset : int, str or None
        What the run saw of the training examples.
    """

    labelling: Literal["corrupted", "true"]
    components: Components
    labels: Literal["in_sample", "cross_fitted"] = "in_sample"
    subset: int | str | None = None


class Audit(NamedTuple):
    """What a relabelling of n examples does: wrong_after = wrong_before − corrected + broken, exactly."""

    examples: int
    wrong_before: int
    corrected: int
    broken: int
    wrong_after: int


def audit(true: NDArray[np.int64], before: NDArray[np.int64], after: NDArray[np.int64]) -> Audit:
    """Count labels that a relabelling corrects and breaks.

    Parameters
    ----------
    true, before, after : ndarray, shape (n,), int64

    Returns
    -------
    Audit
        In shares: wrong' = wrong (1 − corrected) + (1 − wrong) broken, where corrected is a share of the wrong labels
        and broken one of the right ones (Ketha & Ramaswamy, supplementary tables 6 to 8).
    """
    wrong, wrong_after = before != true, after != true
    counts = len(true), wrong.sum(), (wrong & ~wrong_after).sum(), (~wrong & wrong_after).sum(), wrong_after.sum()
    return Audit(*map(int, counts))


def relabel(
    accuracy: Path, predictions: Path, labels: Path, output: Path, counts: Path, *, how: Mapping[str, Any], job: Job
) -> None:
    """Relabel a run's training images by the subspaces of its best layer; write a LABELS and a RELABELLING table.

    The layer is the best on the selection part of the test set, of the last network. Examples that the run did not see
    keep their label.

    Parameters
    ----------
    accuracy, predictions : Path
        MASC_ACCURACY and MASC_PREDICTIONS of the run.
    labels : Path
        Those that the run was trained on.
    output, counts : Path
        LABELS and RELABELLING tables to write; the second has a row for in-sample and for cross-fitted labels.
    how : mapping
        See `How`.
    job : Job

    Raises
    ------
    ConfigError, DataError, TableError
        If an option is unknown, or a table is missing, damaged or of other images.
    """
    asked, given = parse(How, how, "relabelling"), load_labels(labels)
    size, saw = size_name(asked.components), seen(asked.subset, len(given.true_label), Seeds(job.study_seed)).examples
    measured = gather(accuracy, MASC_ACCURACY)
    found = gather(predictions, MASC_PREDICTIONS)

    def own(rows: Any) -> Any:
        return rows[
            (rows["epoch"] == rows["epoch"].max())
            & (rows["labelling"] == asked.labelling)
            & (rows["method"] == "subspaces")
            & (rows["components"] == size)
        ]

    tap = best_layer(own(measured))
    rows = own(found)
    of_layer = rows[(rows["tap"] == tap) & (rows["split"] == "train")].set_index("fitted_on")["predicted"]
    used = FITS[asked.labels]
    audited = []
    for fitted_on in FITS.values():
        counted = audit(given.true_label[saw], given.train_label[saw], np.asarray(of_layer[fitted_on], np.int64))
        keys = {"labelling": asked.labelling, "tap": tap, "components": size, "fitted_on": fitted_on}
        audited.append({**keys, "used": fitted_on == used, **counted._asdict()})
    recorded = job.recorded(how=dict(how), tap=tap)
    tables.write(counts, RELABELLING, {name: [row[name] for row in audited] for name in audited[0]}, recorded)
    _write(output, given, saw, np.asarray(of_layer[used], np.int64), recorded)


def _write(
    output: Path, given: Labels, saw: NDArray[np.int64], relabelled: NDArray[np.int64], recorded: Mapping[str, Any]
) -> None:
    after = given.train_label.copy()
    after[saw] = relabelled
    columns = {
        "example": np.arange(len(after), dtype=np.int32),
        "true_label": given.true_label.astype(np.int16),
        "train_label": after.astype(np.int16),
        "permuted": after != given.true_label,
    }
    tables.write(output, LABELS, columns, recorded)
