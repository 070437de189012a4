"""Describe every class by its density model: densities, complexity, whether chains agree, low or high density."""

from pathlib import Path

from rote.density.describe import describe_classes
from rote.density.groups import find_groups
from rote.job import job

with job(snakemake, __file__) as this:
    output = {name: Path(path) for name, path in snakemake.output.items()}
    groups = {name: output.pop(name) for name in ("gaps", "groups")}

    describe_classes(
        representations=Path(snakemake.input.representations),
        samples=Path(snakemake.input.samples),
        traces=Path(snakemake.input.traces),
        outputs=output,
        tolerance=snakemake.params.tolerance,
        job=this,
    )
    find_groups(class_densities=output["class_densities"], test=snakemake.params.gap, **groups, job=this)
