"""Draw how a run's network fits classes: densities, complexity, components, divergences, under both protocols."""

from pathlib import Path

from rote.figures.class_chains import plot_class_chains
from rote.figures.class_complexity import plot_complexity
from rote.figures.class_densities import plot_class_densities
from rote.figures.class_divergences import plot_class_divergences
from rote.figures.class_panels import per_panel
from rote.figures.class_protocols import plot_protocols
from rote.figures.component_counts import plot_component_counts
from rote.figures.singular_values import plot_singular_values
from rote.job import job

FIGURES = (
    "class_densities",
    "class_chains",
    "complexity",
    "component_counts",
    "singular_values",
    "class_divergences",
    "protocols",
)

with job(snakemake, __file__) as this:
    params = snakemake.params
    taps = dict.fromkeys(("class_densities", "gaps", "groups", "traces", "diagnostics"), params.taps)
    taps |= {"complexities": params.complexity_taps, "class_divergences": params.divergence_taps}
    of = {kind: per_panel(snakemake.input[kind], params.protocols, names) for kind, names in taps.items()}
    variance = [Path(path) for path in snakemake.input.variance]
    pictures = [snakemake.output[figure] for figure in FIGURES]
    files = dict(zip(FIGURES, zip(map(Path, pictures), map(Path, snakemake.output.vector), strict=True), strict=True))
    densities, groups, discarded = of["class_densities"], of["groups"], params.n_discarded

    plot_class_densities(densities, of["gaps"], groups, *files["class_densities"], title=params.title)
    plot_class_chains(densities, *files["class_chains"], title=params.title)
    plot_complexity(of["complexities"], densities, groups, *files["complexity"], title=params.title)
    plot_component_counts(
        of["traces"],
        of["diagnostics"],
        densities,
        *files["component_counts"],
        title=params.title,
        n_discarded=discarded,
    )
    plot_singular_values(variance, *files["singular_values"], title=params.title)
    plot_class_divergences(of["class_divergences"], densities, groups, *files["class_divergences"], title=params.title)
    plot_protocols(
        densities,
        of["complexities"],
        of["traces"],
        groups,
        *files["protocols"],
        title=params.title,
        n_discarded=discarded,
        seeds=this,
    )
