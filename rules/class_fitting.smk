# Paper 1, class fitting: density models of every class's representations, under both protocols.


def class_taps(run):
    """Dimensions that the taps of a run keep, by tap, in order of depth."""
    name = config["class_fitting"]["runs"][run]
    return config["class_fitting"]["representations"][name]["taps"]


def compared_taps(run):
    """Taps of a run at which classes are compared with one another."""
    name = config["class_fitting"]["runs"][run]
    return config["class_fitting"]["representations"][name]["compared"]


def all_class_taps():
    """Every tap at which some run's classes are modelled."""
    return sorted(
        {tap for run in config["class_fitting"]["runs"] for tap in class_taps(run)}
    )


def run_taps(wildcards):
    return list(class_taps(wildcards.run))


def run_compared_taps(wildcards):
    return compared_taps(wildcards.run)


def tap_dimensions(wildcards):
    return class_taps(wildcards.run)[wildcards.tap]


def tap_name(wildcards):
    return wildcards.tap


def density_protocols():
    return list(config["class_fitting"]["protocols"])


def density_options(wildcards):
    """Options of a protocol's density models."""
    options = config["class_fitting"]["protocols"][wildcards.protocol]
    return {"protocol": wildcards.protocol, **options}


def discarded_sweeps(wildcards):
    return config["class_fitting"]["sampler"]["n_discarded"]


def of_models(table, taps):
    """A table of each protocol and tap of a run."""

    def of_run(wildcards):
        return [
            result(f"class_fitting/{wildcards.run}/{tap}/{protocol}/{table}.parquet")
            for protocol in density_protocols()
            for tap in taps(wildcards)
        ]

    return of_run


def run_variances(wildcards):
    return expand(
        result("representations/{run}/{tap}_variance.parquet"),
        run=wildcards.run,
        tap=run_taps(wildcards),
    )


def seed_comparison(wildcards):
    return config["class_fitting"]["comparisons"][wildcards.seeds]


def seed_runs(wildcards):
    return seed_comparison(wildcards)["runs"]


def seed_titles(wildcards):
    """Titles of the runs that differ in their seed, in their order."""
    return {run: config["runs"][run]["title"] for run in seed_runs(wildcards)}


def seed_title(wildcards):
    return seed_comparison(wildcards)["title"]


def seed_taps(wildcards):
    """Taps at which all runs of a comparison are modelled, those of the first one in order."""
    first, *others = seed_runs(wildcards)
    return [
        tap
        for tap in class_taps(first)
        if all(tap in class_taps(run) for run in others)
    ]


def of_seeds(table):
    """A table of every run of a comparison, protocol and tap."""

    def of_comparison(wildcards):
        return [
            result(f"class_fitting/{run}/{tap}/{protocol}/{table}.parquet")
            for run in seed_runs(wildcards)
            for protocol in density_protocols()
            for tap in seed_taps(wildcards)
        ]

    return of_comparison


def density_threads():
    return config["class_fitting"]["processes"]


wildcard_constraints:
    tap=one_of(all_class_taps()),
    protocol=one_of(config["class_fitting"]["protocols"]),
    seeds=one_of(config["class_fitting"]["comparisons"]),


rule fit_densities:
    input:
        result("representations/{run}/{tap}.parquet"),
    output:
        samples=result("class_fitting/{run}/{tap}/{protocol}/posterior_samples.parquet"),
        traces=result("class_fitting/{run}/{tap}/{protocol}/traces.parquet"),
    log:
        log_of("fit_densities/{run}/{tap}/{protocol}"),
    benchmark:
        benchmark_of("fit_densities/{run}/{tap}/{protocol}")
    conda:
        "../envs/numerics.yaml"
    threads: density_threads()
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=code_of("fit_densities"),
        options=density_options,
        seed_key="{run}, {tap}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/fit_densities.py"


rule describe_classes:
    input:
        representations=result("representations/{run}/{tap}.parquet"),
        samples=result("class_fitting/{run}/{tap}/{protocol}/posterior_samples.parquet"),
        traces=result("class_fitting/{run}/{tap}/{protocol}/traces.parquet"),
    output:
        example_densities=result(
            "class_fitting/{run}/{tap}/{protocol}/example_densities.parquet"
        ),
        class_densities=result(
            "class_fitting/{run}/{tap}/{protocol}/class_densities.parquet"
        ),
        complexities=result("class_fitting/{run}/{tap}/{protocol}/complexities.parquet"),
        diagnostics=result("class_fitting/{run}/{tap}/{protocol}/diagnostics.parquet"),
        gaps=result("class_fitting/{run}/{tap}/{protocol}/gaps.parquet"),
        groups=result("class_fitting/{run}/{tap}/{protocol}/groups.parquet"),
    log:
        log_of("describe_classes/{run}/{tap}/{protocol}"),
    benchmark:
        benchmark_of("describe_classes/{run}/{tap}/{protocol}")
    conda:
        "../envs/numerics.yaml"
    threads: density_threads()
    resources:
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=code_of("describe_classes"),
        tolerance=config["class_fitting"]["complexity"],
        gap=config["class_fitting"]["gap"],
        seed_key="{run}, {tap}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/describe_classes.py"


rule compare_classes:
    input:
        representations=result("representations/{run}/{tap}.parquet"),
        samples=result("class_fitting/{run}/{tap}/{protocol}/posterior_samples.parquet"),
        traces=result("class_fitting/{run}/{tap}/{protocol}/traces.parquet"),
    output:
        result("class_fitting/{run}/{tap}/{protocol}/class_divergences.parquet"),
    log:
        log_of("compare_classes/{run}/{tap}/{protocol}"),
    benchmark:
        benchmark_of("compare_classes/{run}/{tap}/{protocol}")
    conda:
        "../envs/numerics.yaml"
    threads: density_threads()
    resources:
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=code_of("compare_classes"),
        tolerance=config["class_fitting"]["divergences"],
        seed_key="{run}, {tap}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/compare_classes.py"


rule plot_class_fitting:
    input:
        class_densities=of_models("class_densities", run_taps),
        gaps=of_models("gaps", run_taps),
        groups=of_models("groups", run_taps),
        traces=of_models("traces", run_taps),
        diagnostics=of_models("diagnostics", run_taps),
        complexities=of_models("complexities", run_compared_taps),
        class_divergences=of_models("class_divergences", run_compared_taps),
        variance=run_variances,
    output:
        class_densities=report(
            result("figures/class_fitting/{run}/class_densities.png"),
            caption="../workflow/report/class_densities.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "log densities of classes (Figs 1, A.7–A.10)"},
        ),
        class_chains=report(
            result("figures/class_fitting/{run}/class_chains.png"),
            caption="../workflow/report/class_chains.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "log densities of classes, chain by chain"},
        ),
        complexity=report(
            result("figures/class_fitting/{run}/complexity.png"),
            caption="../workflow/report/complexity.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "complexity against distance (Fig. 2)"},
        ),
        component_counts=report(
            result("figures/class_fitting/{run}/component_counts.png"),
            caption="../workflow/report/component_counts.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "numbers of components"},
        ),
        singular_values=report(
            result("figures/class_fitting/{run}/singular_values.png"),
            caption="../workflow/report/singular_values.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "variance captured (Fig. A.6)"},
        ),
        class_divergences=report(
            result("figures/class_fitting/{run}/class_divergences.png"),
            caption="../workflow/report/class_divergences.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "relative entropies between classes"},
        ),
        protocols=report(
            result("figures/class_fitting/{run}/protocols.png"),
            caption="../workflow/report/protocols.rst",
            category="Class fitting",
            subcategory="{run}",
            labels={"figure": "published against exact protocol"},
        ),
        vector=multiext(
            result("figures/class_fitting/{run}/"),
            "class_densities.svg",
            "class_chains.svg",
            "complexity.svg",
            "component_counts.svg",
            "singular_values.svg",
            "class_divergences.svg",
            "protocols.svg",
        ),
    log:
        log_of("plot_class_fitting/{run}"),
    benchmark:
        benchmark_of("plot_class_fitting/{run}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(20),
    params:
        code=code_of("plot_class_fitting"),
        title=run_title,
        taps=run_taps,
        compared_taps=run_compared_taps,
        n_discarded=discarded_sweeps,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/plot_class_fitting.py"


rule compare_seeds:
    input:
        class_densities=of_seeds("class_densities"),
        groups=of_seeds("groups"),
    output:
        agreements=result("class_fitting/{seeds}/group_agreements.parquet"),
        figure=report(
            result("figures/class_fitting/{seeds}/seeds.png"),
            caption="../workflow/report/class_seeds.rst",
            category="Class fitting",
            subcategory="{seeds}",
            labels={"figure": "agreement of training seeds"},
        ),
        vector=result("figures/class_fitting/{seeds}/seeds.svg"),
    log:
        log_of("compare_seeds/{seeds}"),
    benchmark:
        benchmark_of("compare_seeds/{seeds}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("compare_seeds"),
        titles=seed_titles,
        title=seed_title,
        taps=seed_taps,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/compare_seeds.py"


rule class_fitting:
    input:
        expand(
            result("figures/class_fitting/{seeds}/seeds.png"),
            seeds=config["class_fitting"]["comparisons"],
        ),
        expand(
            result("figures/class_fitting/{run}/class_densities.png"),
            run=config["class_fitting"]["runs"],
        ),
