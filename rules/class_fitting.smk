# Paper 1, class fitting: density models of every class's representations, under both protocols.


include: "look_ups/class_fitting.smk"


wildcard_constraints:
    tap=one_of(all_class_taps()),
    protocol=one_of(config["class_fitting"]["protocols"]),
    seeds=one_of(config["class_fitting"]["comparisons"]),


rule reduce_representations:
    input:
        run_feature_vectors,
    output:
        reduced=result("class_fitting/{run}/{tap}/representations.parquet"),
        variance=result("class_fitting/{run}/{tap}/variance.parquet"),
    log:
        log_of("reduce_representations/{run}/{tap}"),
    benchmark:
        benchmark_of("reduce_representations/{run}/{tap}")
    conda:
        "../envs/numerics.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=minutes(30),
    params:
        code=code_of("reduce_representations"),
        tap=tap_name,
        dimensions=tap_dimensions,
    script:
        "../workflow/scripts/reduce_representations.py"


rule fit_densities:
    input:
        result("class_fitting/{run}/{tap}/representations.parquet"),
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
        representations=result("class_fitting/{run}/{tap}/representations.parquet"),
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
        representations=result("class_fitting/{run}/{tap}/representations.parquet"),
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
