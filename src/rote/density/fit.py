"""Density models of all classes of one tap: fitted class by class, so that a killed job loses one class's work."""

import hashlib
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed

from rote import tables
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.density.options import Options
from rote.density.parallel import in_parallel
from rote.density.prior import constant_dimensions
from rote.errors import DataError
from rote.files import checksum
from rote.job import Job
from rote.provenance import as_metadata, package_versions
from rote.representations.classes import ClassRepresentations, load
from rote.seeds import Seeds
from rote.tables.density import POSTERIOR_SAMPLES, TRACES


def fit_classes(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    options: Mapping[str, Any],
    job: Job,
) -> None:
    """Fit a density model to the representations of every class that can be modelled.

    A class of one example, or whose examples do not differ in some dimension, has no prior that its data suggest. It is
    left out: the provenance has its number and that of its examples under ``left_out``, and the log names it.

    Parameters
    ----------
    representations : Path
        Table of representations after the singular value decomposition.
    samples, traces : Path
        POSTERIOR_SAMPLES and TRACES tables to write.
    options : mapping
        Of `DirichletProcessGaussianMixture`; the protocol among them.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.

    Raises
    ------
    ConfigError, DataError, TableError
        If an option or a table cannot be used, or no class can be modelled.
    """
    Options.of(**options)
    known = load(representations)
    left_out = _not_modelled(known)
    classes = [int(label) for label in known.classes if str(label) not in left_out]
    if not classes:
        raise DataError(
            f"no class of {job.seed_key} has two examples that differ in every dimension, which a density model needs: "
            "keep fewer dimensions of this tap, train on more examples, or leave the run out of class_fitting.runs."
        )
    if left_out:
        named = ", ".join(f"{label} ({n} example(s))" for label, n in left_out.items())
        print(
            f"Warning: class(es) {named} of {job.seed_key} are left out: without two examples that differ in every "
            "dimension there is no density model. More examples (subset), other labels or fewer dimensions help.",
            file=sys.stderr,
        )
    recorded = job.recorded(options=dict(options), left_out=left_out)
    digest = hashlib.sha256(
        as_metadata({**recorded, "input": checksum(representations), "packages": package_versions()})
    )
    recorded_class = {"fit": digest.hexdigest()}
    folder = samples.with_suffix("")

    def files(label: int) -> tuple[Path, Path]:
        return folder / f"class_{label}_traces.parquet", folder / f"class_{label}_samples.parquet"

    missing = [label for label in classes if not _is_fitted(files(label)[1], recorded_class["fit"])]
    work = [
        delayed(_fit_class)(known.by_class(label), label, options, job, files(label), recorded_class)
        for label in missing
    ]
    in_parallel(work, job.threads, f"density models of {job.seed_key}", "class")

    for path, schema, place in ((traces, TRACES, 0), (samples, POSTERIOR_SAMPLES, 1)):
        with tables.writing(path, schema, recorded) as table:
            for label in classes:
                part = tables.read(files(label)[place], schema)
                table.append({name: part[name] for name in part.column_names})
    shutil.rmtree(folder)


def _not_modelled(known: ClassRepresentations) -> dict[str, int]:
    """Numbers of examples of the classes that cannot be modelled."""
    parts = {str(label): known.by_class(int(label)).values for label in known.classes}
    return {label: len(values) for label, values in parts.items() if constant_dimensions(values).size}


def _is_fitted(path: Path, digest: str) -> bool:
    return path.is_file() and tables.provenance(path).get("fit") == digest


def _fit_class(
    own: ClassRepresentations,
    label: int,
    options: Mapping[str, Any],
    seeds: Seeds,
    files: tuple[Path, Path],
    recorded: Mapping[str, Any],
) -> None:
    model = DirichletProcessGaussianMixture(**options, random_state=seeds.seed_sequence("density chain", label))
    try:
        model.fit(own.values)
    except DataError as error:
        raise DataError(f"class {label} of {seeds.seed_key}: {error}") from error
    n_chains, n_sweeps = model.log_joint_trace_.shape
    tables.write(
        files[0],
        TRACES,
        {
            "class": np.full(n_chains * n_sweeps, label, np.int16),
            "chain": np.repeat(np.arange(n_chains), n_sweeps).astype(np.int32),
            "sweep": np.tile(np.arange(1, n_sweeps + 1), n_chains).astype(np.int32),
            "log_joint": model.log_joint_trace_.ravel(),
            "n_components": model.n_components_trace_.ravel().astype(np.int32),
            "concentration": model.concentration_trace_.ravel(),
        },
        recorded,
    )
    tables.write(
        files[1],
        POSTERIOR_SAMPLES,
        {
            "class": np.full(len(model.chains_), label, np.int16),
            "chain": model.chains_.astype(np.int32),
            "sweep": model.sweeps_.astype(np.int32),
            "concentration": model.concentrations_,
            "assignments": list(model.assignments_.astype(np.int16)),
        },
        recorded,
    )
