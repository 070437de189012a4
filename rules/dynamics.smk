# Paper 5, training dynamics: how the representations of every layer change from epoch to epoch.


include: "look_ups/dynamics.smk"


wildcard_constraints:
    comparison=one_of(config["training_dynamics"]["comparisons"]),


rule compare_epochs:
    input:
        run_gram_rows,
    output:
        epoch_cka=result("training_dynamics/{run}/epoch_cka.parquet"),
        chance=result("training_dynamics/{run}/chance_cka.parquet"),
        initialisation=result("training_dynamics/{run}/initialisation_cka.parquet"),
        evolution=result("training_dynamics/{run}/evolution.parquet"),
    log:
        log_of("compare_epochs/{run}"),
    benchmark:
        benchmark_of("compare_epochs/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=code_of("compare_epochs"),
        cka=cka("estimator", "batches", "permutations"),
        evolution=config["training_dynamics"]["evolution"],
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/compare_epochs.py"


rule find_transitions:
    input:
        rows=run_gram_rows,
        history=result("runs/{run}/history.parquet"),
    output:
        transitions=result("training_dynamics/{run}/transitions.parquet"),
        numbers=result("training_dynamics/{run}/transition_numbers.parquet"),
    log:
        log_of("find_transitions/{run}"),
    benchmark:
        benchmark_of("find_transitions/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=code_of("find_transitions"),
        cka=cka("estimator", "batches"),
        transitions=config["training_dynamics"]["transitions"],
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/find_transitions.py"


rule measure_effective_dimension:
    input:
        run_gram_rows,
    output:
        result("training_dynamics/{run}/effective_dimensions.parquet"),
    log:
        log_of("measure_effective_dimension/{run}"),
    benchmark:
        benchmark_of("measure_effective_dimension/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=code_of("measure_effective_dimension"),
    script:
        "../workflow/scripts/measure_effective_dimension.py"


rule plot_effective_dimension:
    input:
        dimensions=result("training_dynamics/{run}/effective_dimensions.parquet"),
        history=result("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/training_dynamics/{run}/effective_dimension.png"),
            caption="../workflow/report/effective_dimension.rst",
            category="Training dynamics",
            subcategory="Runs",
            labels={"run": "{run}", "figure": "effective dimension against epoch"},
        ),
        vector=result("figures/training_dynamics/{run}/effective_dimension.svg"),
    log:
        log_of("plot_effective_dimension/{run}"),
    benchmark:
        benchmark_of("plot_effective_dimension/{run}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_effective_dimension"),
        title=run_title,
    script:
        "../workflow/scripts/plot_effective_dimension.py"


rule plot_run:
    input:
        history=result("runs/{run}/history.parquet"),
        epoch_cka=result("training_dynamics/{run}/epoch_cka.parquet"),
        chance=result("training_dynamics/{run}/chance_cka.parquet"),
        initialisation=result("training_dynamics/{run}/initialisation_cka.parquet"),
        transitions=result("training_dynamics/{run}/transitions.parquet"),
    output:
        errors=report(
            result("figures/training_dynamics/{run}/errors.png"),
            caption="../workflow/report/errors.rst",
            category="Training dynamics",
            subcategory="Runs",
            labels={"run": "{run}", "figure": "error against epoch"},
        ),
        epoch_cka=report(
            result("figures/training_dynamics/{run}/epoch_cka.png"),
            caption="../workflow/report/epoch_cka.rst",
            category="Training dynamics",
            subcategory="Runs",
            labels={"run": "{run}", "figure": "CKA of every two epochs"},
        ),
        initialisation=report(
            result("figures/training_dynamics/{run}/initialisation_cka.png"),
            caption="../workflow/report/initialisation_cka.rst",
            category="Training dynamics",
            subcategory="Runs",
            labels={"run": "{run}", "figure": "CKA with random networks"},
        ),
        vector=multiext(
            result("figures/training_dynamics/{run}/"),
            "errors.svg",
            "epoch_cka.svg",
            "initialisation_cka.svg",
        ),
    log:
        log_of("plot_run/{run}"),
    benchmark:
        benchmark_of("plot_run/{run}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=code_of("plot_run"),
        title=run_title,
    script:
        "../workflow/scripts/plot_run.py"


rule plot_comparison:
    input:
        history=of_compared_runs("runs/{run}/history.parquet"),
        transitions=of_compared_runs("training_dynamics/{run}/transitions.parquet"),
        evolution=of_compared_runs("training_dynamics/{run}/evolution.parquet"),
    output:
        comparison=report(
            result("figures/training_dynamics/{comparison}.png"),
            caption="../workflow/report/comparison.rst",
            category="Training dynamics",
            subcategory="Comparisons",
            labels={"comparison": "{comparison}", "figure": "errors and transitions"},
        ),
        evolution=report(
            result("figures/training_dynamics/{comparison}_evolution.png"),
            caption="../workflow/report/evolution.rst",
            category="Training dynamics",
            subcategory="Comparisons",
            labels={"comparison": "{comparison}", "figure": "evolution by depth"},
        ),
        vector=multiext(
            result("figures/training_dynamics/{comparison}"), ".svg", "_evolution.svg"
        ),
    log:
        log_of("plot_comparison/{comparison}"),
    benchmark:
        benchmark_of("plot_comparison/{comparison}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_comparison"),
        titles=compared_titles,
        title=comparison_title,
    script:
        "../workflow/scripts/plot_comparison.py"


rule training_dynamics:
    input:
        expand(
            result("figures/training_dynamics/{run}/{figure}.png"),
            figure=["epoch_cka", "effective_dimension"],
            run=config["training_dynamics"]["runs"],
        ),
        expand(
            result("figures/training_dynamics/{comparison}.png"),
            comparison=config["training_dynamics"]["comparisons"],
        ),
