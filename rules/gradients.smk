# Paper 2, gradients in the course of training: what in them depends on the labels, and what does not.


rule measure_label_parts:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        train=run_images("train"),
        labels=run_labels,
        lent=result("runs/{run}/lent/gradients.txt"),
    output:
        result("gradients/{run}.parquet"),
    log:
        log_of("measure_label_parts/{run}"),
    benchmark:
        benchmark_of("measure_label_parts/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(120),
    params:
        code=run_code("measure_label_parts"),
        how=how_analysed("gradients"),
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/measure_label_parts.py"


rule plot_gradients:
    input:
        of_experiment("gradients/{run}.parquet"),
    output:
        norms=report(
            result("figures/geometry/{experiment}/gradient_norms.png"),
            caption="../workflow/report/gradient_norms.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "norms of gradients (Fig. 5A-C)"},
        ),
        parts=report(
            result("figures/geometry/{experiment}/gradient_parts.png"),
            caption="../workflow/report/gradient_parts.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "norms of the parts of gradients (Fig. A.1)"},
        ),
        ratios=report(
            result("figures/geometry/{experiment}/gradient_ratios.png"),
            caption="../workflow/report/gradient_ratios.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={
                "figure": "ratios of the parts of gradients (Figs 5D-F, A.12-A.14)"
            },
        ),
        vector=multiext(
            result("figures/geometry/{experiment}/"),
            "gradient_norms.svg",
            "gradient_parts.svg",
            "gradient_ratios.svg",
        ),
    log:
        log_of("plot_gradients/{experiment}"),
    benchmark:
        benchmark_of("plot_gradients/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_gradients"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_gradients.py"


rule gradients:
    input:
        expand(
            result("figures/geometry/{experiment}/gradient_norms.png"),
            experiment=experiments_with("gradients"),
        ),
