"""Compare a run's representations: every two epochs, with initialisations, with chance, within windows of log-epoch."""

from pathlib import Path

from rote.job import job
from rote.similarity.chance import measure_chance
from rote.similarity.compare import compare_epochs
from rote.similarity.evolution import measure_evolution
from rote.similarity.initialisation import compare_initialisations

with job(snakemake, __file__) as this:
    rows = Path(snakemake.input[0])
    output = {name: Path(path) for name, path in snakemake.output.items()}
    cka = snakemake.params.cka
    choice = {"estimator": cka["estimator"], "batches": cka["batches"]}
    how = {**choice, "job": this}
    memory = snakemake.config["training_dynamics"]["cka"]["memory_mb"] * 10**6

    compare_epochs(rows, output["epoch_cka"], memory=memory, **how)
    compare_initialisations(rows, output["initialisation"], memory=memory, **how)
    measure_chance(rows, output["chance"], permutations=cka["permutations"], **how)
    measure_evolution(rows, output["evolution"], memory=memory, **snakemake.params.evolution, **how)
