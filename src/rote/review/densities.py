"""Density models of some classes again, from their seeds."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc

from rote import tables
from rote.density.fit import fit_classes
from rote.review.agreement import Agreement, compared
from rote.review.recomputation import Recomputation
from rote.tables.density import POSTERIOR_SAMPLES, TRACES
from rote.tables.representations import schema_of


def review_class(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    table: str,
    options: Mapping[str, Any],
    tolerance: float,
    recomputation: Recomputation,
) -> list[Agreement]:
    """Fit the density model of one class again, drawn at random.

    Parameters
    ----------
    representations, samples, traces : Path
        The tables that `rote.density.fit.fit_classes` read and wrote.
    table : str
        What to call the posterior samples.
    options
        As in `rote.density.fit.fit_classes`.
    tolerance : float
        Of the chains' log joint densities and concentrations; numbers of components and assignments must be equal. On
        the machine of the first fit all are; where rounding differs a chain may take another way.
    recomputation : Recomputation

    Returns
    -------
    list of Agreement
        Of the traces and of the posterior samples.

    Raises
    ------
    ConfigError, DataError, TableError
        As `rote.density.fit.fit_classes`.
    """
    schema, folder = schema_of(representations), recomputation.folder
    whole = tables.read(representations, schema)
    label = int(recomputation.draws.choice(np.unique(tables.read(samples, POSTERIOR_SAMPLES, ["class"])["class"])))
    own = whole.filter(pc.equal(whole["train_label"], label))
    reduced, again = folder / "representations.parquet", (folder / "traces.parquet", folder / "samples.parquet")
    tables.write(reduced, schema, {name: own[name] for name in own.column_names}, tables.provenance(representations))
    fit_classes(
        representations=reduced,
        traces=again[0],
        samples=again[1],
        options=options,
        job=replace(recomputation.job, threads=1),
    )
    found = []
    for recorded, path, kind, what in zip((traces, samples), again, (TRACES, POSTERIOR_SAMPLES), WHAT, strict=True):
        rows = tables.read(recorded, kind)
        rows = rows.filter(pc.equal(rows["class"], label))
        part = f"{what} of class {label}"
        found.append(compared("densities", table, part, rows, tables.read(path, kind), tolerance))
    return found


WHAT = ("traces", "posterior samples")
