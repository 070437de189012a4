"""What fitted density models say of their classes: log densities, complexities, and whether the chains agree."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import delayed
from numpy.typing import NDArray
from scipy.special import logsumexp

from rote import tables
from rote.config.density_model import Tolerance
from rote.density.diagnostics import Diagnosis, diagnose, disagreement
from rote.density.distances import Distances, intra_class_distances
from rote.density.divergence import Estimate, complexity
from rote.density.models import ClassModel, class_models
from rote.density.parallel import in_parallel
from rote.job import Job
from rote.settings import parse
from rote.tables.density import (
    CLASS_DENSITIES,
    COMPLEXITIES,
    DIAGNOSTICS,
    EXAMPLE_DENSITIES,
    TRACES,
)

Floats = NDArray[np.float64]
QUANTITIES = ("log_joint", "n_components", "concentration")


@dataclass(frozen=True, eq=False)
class Description:
    """What the model of one class says.

    Attributes
    ----------
    label : int
    examples : ndarray, shape (n,), int64
    log_densities : ndarray, shape (1 + chains, n), float64
        Of the class's examples under the class's model in nats: of the pooled chains, then of each.
    complexity : Estimate
    chain_complexities : list of Estimate
        Of each chain.
    distances : Distances
    """

    label: int
    examples: NDArray[np.int64]
    log_densities: Floats
    complexity: Estimate
    chain_complexities: list[Estimate]
    distances: Distances


def describe_classes(
    *,
    representations: Path,
    samples: Path,
    traces: Path,
    outputs: Mapping[str, Path],
    tolerance: Mapping[str, Any],
    job: Job,
) -> None:
    """Describe every class by its density model.

    Parameters
    ----------
    representations, samples, traces : Path
        Tables of representations, POSTERIOR_SAMPLES and TRACES.
    outputs : mapping of str to Path
        ``example_densities``, ``class_densities``, ``complexities`` and ``diagnostics`` tables to write.
    tolerance : mapping
        Of the complexities, see `rote.config.density_model.Tolerance`.
    job : Job
        Its threads are processes, among which classes are divided; results do not depend on their number.
        Its key names run and tap.

    Raises
    ------
    ConfigError, DataError, TableError
        If the tolerance or a table cannot be used.
    """
    wanted = parse(Tolerance, tolerance, "tolerance")
    models = list(class_models(representations, samples, traces))
    work = [delayed(_describe)(model, wanted, job.generator("complexity", model.label)) for model in models]
    found = in_parallel(work, job.threads, f"complexities of {job.seed_key}", "class")
    diagnoses = _diagnoses(traces, {model.label for model in models}, models[0])

    recorded = job.recorded(
        options=models[0].options.named(),
        tolerance=dict(tolerance),
        pooled_chains={str(model.label): model.pooled.tolist() for model in models},
    )
    tables.write(outputs["example_densities"], EXAMPLE_DENSITIES, _example_densities(found), recorded)
    tables.write(outputs["class_densities"], CLASS_DENSITIES, _class_densities(found), recorded)
    tables.write(outputs["complexities"], COMPLEXITIES, _complexities(found), recorded)
    tables.write(outputs["diagnostics"], DIAGNOSTICS, _columns(diagnoses), recorded)
    if (warning := disagreement(diagnoses)) is not None:
        print(f"Warning: {job.seed_key}: {warning}", file=sys.stderr)


def _describe(model: ClassModel, tolerance: Tolerance, draws: np.random.Generator) -> Description:
    values, average = model.examples.values, model.options.average
    chains = np.unique(model.chains)
    of_samples = model.predictive(*chains).log_density_of_samples(values)
    parts = [of_samples[np.isin(model.chains, which)] for which in (model.pooled, *chains)]
    log_densities = [
        part.mean(axis=0)
        if model.options.density_average == "mean_log"
        else logsumexp(part, axis=0) - np.log(len(part))
        for part in parts
    ]
    estimate = complexity(model.predictive(), values, draws, tolerance, average=average)
    of_chains = [
        complexity(model.predictive(int(chain)), values, draws, tolerance, average=average)
        for chain in (chains if len(chains) > 1 else [])
    ]
    distances = intra_class_distances(values)
    return Description(model.label, model.examples.example, np.stack(log_densities), estimate, of_chains, distances)


def _diagnoses(traces: Path, labels: set[int], model: ClassModel) -> dict[tuple[int, str], Diagnosis]:
    table = tables.read(traces, TRACES)
    kept = np.isin(np.asarray(table["sweep"]), model.options.kept_sweeps)
    owner = np.asarray(table["class"])
    n_chains = model.options.n_chains
    return {
        (label, quantity): diagnose(np.asarray(table[quantity])[kept & (owner == label)].reshape(n_chains, -1))
        for label in sorted(labels)
        for quantity in QUANTITIES
    }


def _example_densities(found: list[Description]) -> dict[str, Any]:
    example = np.concatenate([one.examples for one in found])
    order = np.argsort(example)
    return {
        "example": example[order].astype(np.int32),
        "class": np.repeat([one.label for one in found], [len(one.examples) for one in found])[order].astype(np.int16),
        "log_density": np.concatenate([one.log_densities[0] for one in found])[order],
    }


def _class_densities(found: list[Description]) -> dict[str, Any]:
    rows = [
        {
            "class": one.label,
            "chain": None if row == 0 else row - 1,
            "n_examples": len(one.examples),
            "mean_log_density": float(values.mean()),
            "log_density_deviation": float(values.std()),
            "standard_error": float(values.std() / np.sqrt(len(values))),
        }
        for one in found
        for row, values in enumerate(one.log_densities)
    ]
    return {column.name: [row[column.name] for row in rows] for column in CLASS_DENSITIES.columns}


def _complexities(found: list[Description]) -> dict[str, Any]:
    rows = [
        {
            "class": one.label,
            "relative_entropy": one.complexity.value,
            "standard_error": one.complexity.standard_error,
            "chain_deviation": float(np.std([chain.value for chain in one.chain_complexities], ddof=1))
            if one.chain_complexities
            else None,
            "draws": one.complexity.draws,
            "reached": one.complexity.reached,
            "intra_class_distance": one.distances.mean,
            "distance_deviation": one.distances.deviation,
        }
        for one in found
    ]
    return {column.name: [row[column.name] for row in rows] for column in COMPLEXITIES.columns}


def _columns(diagnoses: Mapping[tuple[int, str], Diagnosis]) -> dict[str, Any]:
    rows = [{"class": label, "quantity": quantity, **vars(one)} for (label, quantity), one in diagnoses.items()]
    return {column.name: [row[column.name] for row in rows] for column in DIAGNOSTICS.columns}
