"""Hold an experiment against the claims of paper 2."""

from pathlib import Path

from rote.claims.geometry.judge import Evidence, judge_experiment
from rote.job import job

with job(snakemake, __file__) as this:
    given = snakemake.input
    evidence = Evidence(
        list(map(Path, given.histories)),
        capacities=list(map(Path, given.capacities)),
        gradients=list(map(Path, given.gradients)),
        rewinding=list(map(Path, given.rewinding)),
        neighbours=list(map(Path, given.neighbours)),
        simulation=list(map(Path, given.simulation)),
        of_spheres=snakemake.params.of_spheres,
    )
    judge_experiment(evidence, Path(snakemake.output[0]), scope=snakemake.params.scope, job=this)
