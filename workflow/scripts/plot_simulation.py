"""Draw capacity by simulation against that of mean-field theory, of the first run of an experiment."""

from rote.claims.geometry.simulation import beside_theory
from rote.figures.simulation import plot_simulation
from rote.figures.style import save
from rote.job import job
from rote.tables.frames import gather
from rote.tables.geometry import CAPACITIES
from rote.tables.moments import at_moments
from rote.tables.simulation import SIMULATED_CAPACITIES
from rote.tables.training import HISTORY

with job(snakemake, __file__):
    given = snakemake.input
    capacities = gather(given.capacities, CAPACITIES, by=["run"])
    points = beside_theory(
        gather(given.simulation, SIMULATED_CAPACITIES, by=["run"]), capacities[~capacities["shuffled"]]
    )
    points = at_moments(points, gather(given.history, HISTORY, by=["run"]))
    save(plot_simulation(points, title=snakemake.params.title), snakemake.output.figure)
