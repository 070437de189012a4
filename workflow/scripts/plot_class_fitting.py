"""Draw how a run's network fits classes: densities, complexity, components, divergences, under both protocols."""

from rote.figures.class_chains import plot_class_chains
from rote.figures.class_complexity import plot_complexity
from rote.figures.class_densities import plot_class_densities
from rote.figures.class_divergences import plot_class_divergences
from rote.figures.class_protocols import plot_protocols
from rote.figures.component_counts import plot_component_counts
from rote.figures.singular_values import plot_singular_values
from rote.figures.style import save
from rote.job import job
from rote.tables.density import (
    CLASS_DENSITIES,
    CLASS_DIVERGENCES,
    COMPLEXITIES,
    DIAGNOSTICS,
    GAPS,
    GROUPS,
    TRACES,
)
from rote.tables.frames import gather
from rote.tables.representations import VARIANCE

with job(snakemake, __file__) as this:
    found, pictures, params, panel = snakemake.input, snakemake.output, snakemake.params, ["protocol", "tap"]
    densities = gather(found.class_densities, CLASS_DENSITIES, panel, ["pooled_chains"])
    gaps, groups = gather(found.gaps, GAPS, panel), gather(found.groups, GROUPS, panel)
    complexities = gather(found.complexities, COMPLEXITIES, panel)
    divergences = gather(found.class_divergences, CLASS_DIVERGENCES, panel)
    traces = gather(found.traces, TRACES, panel, columns=["class", "sweep", "n_components"])
    diagnostics = gather(found.diagnostics, DIAGNOSTICS, panel)
    variance = gather(found.variance, VARIANCE, ["tap"])
    everywhere = {"taps": params.taps, "title": params.title}
    compared = {"taps": params.compared_taps, "title": params.title}
    counted = {"n_discarded": params.n_discarded}

    save(plot_class_densities(densities, gaps, groups, **everywhere), pictures.class_densities)
    save(plot_class_chains(densities, **everywhere), pictures.class_chains)
    save(plot_complexity(complexities, densities, groups, **compared), pictures.complexity)
    save(plot_component_counts(traces, diagnostics, densities, **everywhere, **counted), pictures.component_counts)
    save(plot_singular_values(variance, **everywhere), pictures.singular_values)
    save(plot_class_divergences(divergences, densities, groups, **compared), pictures.class_divergences)
    both = plot_protocols(densities, complexities, traces, groups, **compared, **counted, seeds=this)
    save(both, pictures.protocols)
