"""Draw how layers converge, to their own last state and to a clean network's."""

from rote.figures.convergence import plot_convergence
from rote.figures.style import save
from rote.job import job
from rote.tables.convergence import REFERENCE_CKA, SETTLING
from rote.tables.frames import gather

with job(snakemake, __file__):
    found, params = snakemake.input, snakemake.params
    cka, settling = (
        gather(paths, schema, by=["repetition", "into"], also=["role", "noise"])
        for paths, schema in ((found.cka, REFERENCE_CKA), (found.settling, SETTLING))
    )
    made = plot_convergence(cka, settling, estimator=params.how["estimator"], title=params.title)
    save(made, snakemake.output.figure)
