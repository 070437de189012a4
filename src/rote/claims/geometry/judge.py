"""Verdicts on the claims of paper 2, from tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Evidence:
    """What was measured of an experiment's runs.

    Attributes
    ----------
    histories : sequence of Path
        HISTORY of each run.
    capacities, gradients, rewinding, neighbours, simulation : sequence of Path
        CAPACITIES, LABEL_PARTS, REWINDING, NEIGHBOUR_LABELS and SIMULATED_CAPACITIES of each run; where none is given,
        the claims on them have no row. The last are held against the first.
    of_spheres : bool
        Whether the data are spheres, on whose capacities the paper claims more.
    """

    histories: Sequence[Path]
    capacities: Sequence[Path] = ()
    gradients: Sequence[Path] = ()
    rewinding: Sequence[Path] = ()
    neighbours: Sequence[Path] = ()
    simulation: Sequence[Path] = ()
    of_spheres: bool = False


def judge_experiment(evidence: Evidence, output: Path, *, scope: str, job: Job) -> None:
    """Hold an experiment's runs against the claims that their tables can decide; write a CLAIMS table.

    Parameters
    ----------
    evidence : Evidence
    output : Path
    scope : str
        Which networks and data these are.
    job : Job

    Raises
    ------
    TableError
        If a table cannot be read.
    """
    write_findings(judged(_measured(evidence), scope), output, job)


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


def _measured(evidence: Evidence) -> Iterator[Measured]:
    history = gather(evidence.histories, HISTORY, by=["run"])
    yield from on_accuracies(history)
    if evidence.capacities:
        capacities = gather(evidence.capacities, CAPACITIES, by=["run"])
        yield from on_capacities(capacities, history)
    if evidence.rewinding:
        rewound = gather(evidence.rewinding, REWINDING, by=["run"])
        yield from on_rewinding(rewound[rewound["batch_norm"] == rewound["batch_norm"].iloc[0]], history)
    if evidence.gradients:
        parts = gather(evidence.gradients, LABEL_PARTS, by=["run"])
        yield from on_label_parts(parts[parts["centred_by"] == "classes"])
    if evidence.neighbours:
        yield from on_neighbours(gather(evidence.neighbours, NEIGHBOUR_LABELS, by=["run"]), history)
    if evidence.capacities and evidence.simulation:
        yield from on_simulation(gather(evidence.simulation, SIMULATED_CAPACITIES, by=["run"]), capacities)
    if evidence.capacities and evidence.of_spheres:
        yield from on_spheres(capacities, history)
