"""Fitted density models, read back from their tables."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rote import tables
from rote.density.options import Options
from rote.density.pooling import pooled_chains
from rote.density.predictive import PosteriorPredictive
from rote.density.prior import NormalInverseWishart
from rote.errors import DataError
from rote.representations.classes import ClassRepresentations, load
from rote.tables.density import POSTERIOR_SAMPLES, TRACES

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ClassModel:
    """Posterior samples of one class's density model.

    Attributes
    ----------
    label : int
    examples : ClassRepresentations
        Of the class, n of them.
    chains : ndarray, shape (samples,), int64
    assignments : ndarray, shape (samples, n), int64
    concentrations : ndarray, shape (samples,), float64
    pooled : ndarray of int64
        Numbers of the chains that are pooled.
    options : Options
    """

    label: int
    examples: ClassRepresentations
    chains: Integers
    assignments: Integers
    concentrations: Floats
    pooled: Integers
    options: Options

    def predictive(self, *chains: int) -> PosteriorPredictive:
        """Posterior predictive density of these chains' samples, of the pooled ones' where none is named."""
        chosen = np.isin(self.chains, chains or self.pooled)
        return PosteriorPredictive.from_assignments(
            self.examples.values,
            self.assignments[chosen],
            self.concentrations[chosen],
            NormalInverseWishart.weakly_informative(self.examples.values, self.options.n_init_components),
            predictive=self.options.predictive,
        )


def class_models(representations: Path, samples: Path, traces: Path) -> Iterator[ClassModel]:
    """Models of all classes but those that were left out, in order of their labels.

    Parameters
    ----------
    representations : Path
        Table of representations to which the models were fitted.
    samples, traces : Path
        POSTERIOR_SAMPLES and TRACES tables.

    Raises
    ------
    DataError, TableError
        If a table is missing or damaged, or the models were fitted to other representations.
    """
    known = load(representations)
    fitted = tables.provenance(samples)
    options = Options.of(**fitted["options"])
    classes = [int(label) for label in known.classes if str(label) not in fitted.get("left_out", ())]
    table = tables.read(samples, POSTERIOR_SAMPLES)
    label = np.asarray(table["class"])
    followed = tables.read(traces, TRACES, ["class", "sweep", "log_joint"])
    followed = followed.filter(np.isin(np.asarray(followed["sweep"]), options.kept_sweeps))
    if not np.array_equal(np.unique(label), classes):
        raise DataError(f"{samples} was fitted to other classes than {representations} has. Delete it and run again.")
    for number in classes:
        rows = table.filter(label == number)
        own = known.by_class(number)
        assignments = np.array(rows["assignments"].to_pylist(), np.int64)
        if assignments.shape[1] != len(own.values):
            raise DataError(f"{samples} was fitted to other examples than {representations} has. Delete it, run again.")
        yield ClassModel(
            number,
            own,
            np.asarray(rows["chain"], np.int64),
            assignments,
            np.asarray(rows["concentration"]),
            pooled_chains(_log_joint(followed, number, options.n_chains), options.pooling),
            options,
        )


def _log_joint(traces: pa.Table, label: int, n_chains: int) -> Floats:
    """Log joint of one class, (n_chains, sweeps), from rows in order of chain and sweep."""
    own: Floats = np.asarray(traces["log_joint"])[np.asarray(traces["class"]) == label]
    return own.reshape(n_chains, -1)
