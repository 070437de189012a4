"""Verdicts on the claims of paper 2, from tables."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from rote.claims.geometry.accuracies import on_accuracies
from rote.claims.geometry.capacities import on_capacities
from rote.claims.geometry.double_descent import on_widths
from rote.claims.geometry.label_noise import on_label_noise
from rote.claims.geometry.label_parts import on_label_parts
from rote.claims.geometry.neighbours import on_neighbours
from rote.claims.geometry.rewinding import on_rewinding
from rote.claims.geometry.simulation import on_simulation
from rote.claims.geometry.spheres import on_spheres
from rote.claims.measured import Measured, judged
from rote.claims.report import write_findings
from rote.job import Job
from rote.tables.double_descent import WIDTHS
from rote.tables.embedding import NEIGHBOUR_LABELS
from rote.tables.frames import gather
from rote.tables.geometry import CAPACITIES
from rote.tables.gradients import LABEL_PARTS
from rote.tables.rewinding import REWINDING
from rote.tables.simulation import SIMULATED_CAPACITIES
from rote.tables.training import HISTORY


def judge_experiment(
    histories: Sequence[Path],
    output: Path,
    *,
    capacities: Sequence[Path] = (),
    gradients: Sequence[Path] = (),
    rewinding: Sequence[Path] = (),
    neighbours: Sequence[Path] = (),
    simulation: Sequence[Path] = (),
    of_spheres: bool = False,
    scope: str,
    job: Job,
) -> None:
    """Hold an experiment's runs against the claims that their tables can decide; write a CLAIMS table.

    Parameters
    ----------
    histories : sequence of Path
        HISTORY of each run.
    output : Path
    capacities, gradients, rewinding, neighbours, simulation : sequence of Path
        CAPACITIES, LABEL_PARTS, REWINDING, NEIGHBOUR_LABELS and SIMULATED_CAPACITIES of each run; where none is given,
        the claims on them have no row. The last are held against the first.
    of_spheres : bool
        Whether the data are spheres, of which the paper claims more.
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    history = gather(histories, HISTORY, by=["run"])
    measured = [*_measured(history, capacities, gradients, rewinding)]
    if neighbours:
        measured += on_neighbours(gather(neighbours, NEIGHBOUR_LABELS, by=["run"]), history)
    if simulation:
        simulated = gather(simulation, SIMULATED_CAPACITIES, by=["run"])
        measured += on_simulation(simulated, gather(capacities, CAPACITIES, by=["run"]))
    if of_spheres and capacities:
        measured += on_spheres(gather(capacities, CAPACITIES, by=["run"]), history)
    write_findings(judged(measured, scope), output, job)


def judge_label_noise(
    capacities: Sequence[Path],
    histories: Sequence[Path],
    output: Path,
    *,
    fractions: Mapping[str, float],
    seeds: Mapping[str, int],
    scope: str,
    job: Job,
) -> None:
    """Hold experiments that differ in their share of random labels against the claims on it; write a CLAIMS table.

    Parameters
    ----------
    capacities, histories : sequence of Path
        CAPACITIES and HISTORY of each run.
    output : Path
    fractions, seeds : mapping
        Share of random labels and seed of each run.
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    found = on_label_noise(
        gather(capacities, CAPACITIES, by=["run"]),
        gather(histories, HISTORY, by=["run"]),
        fractions=fractions,
        seeds=seeds,
    )
    write_findings(judged(found, scope), output, job)


def judge_widths(widths: Path, output: Path, *, scope: str, job: Job) -> None:
    """Hold networks of several widths against the claims on them; write a CLAIMS table.

    Parameters
    ----------
    widths : Path
        WIDTHS table.
    output : Path
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If the table cannot be read.
    """
    found = on_widths(gather(widths, WIDTHS), job.generator("peaks of curves without one"))
    write_findings(judged(found, scope), output, job)


def _measured(
    history: pd.DataFrame, capacities: Sequence[Path], gradients: Sequence[Path], rewinding: Sequence[Path]
) -> Iterator[Measured]:
    yield from on_accuracies(history)
    if capacities:
        yield from on_capacities(gather(capacities, CAPACITIES, by=["run"]), history)
    if rewinding:
        rewound = gather(rewinding, REWINDING, by=["run"])
        yield from on_rewinding(rewound[rewound["batch_norm"] == rewound["batch_norm"].iloc[0]], history)
    if gradients:
        parts = gather(gradients, LABEL_PARTS, by=["run"])
        yield from on_label_parts(parts[parts["centred_by"] == "classes"])
