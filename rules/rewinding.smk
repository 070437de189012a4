# Paper 2, rewinding: accuracy of a run's network with one layer set back to an earlier epoch.


rule rewind_layers:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
        lent=result("runs/{run}/lent/rewinding.txt"),
    output:
        result("rewinding/{run}.parquet"),
    log:
        log_of("rewind_layers/{run}"),
    benchmark:
        benchmark_of("rewind_layers/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(120),
    params:
        code=run_code("rewind_layers"),
        how=how_analysed("rewinding"),
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/rewind_layers.py"


rule plot_rewinding:
    input:
        rewound=of_experiment("rewinding/{run}.parquet"),
        history=of_experiment("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/geometry/{experiment}/rewinding.png"),
            caption="../workflow/report/rewinding.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={
                "figure": "accuracy with a layer set back (Figs 4A, 4B, A.9-A.11)"
            },
        ),
        vector=result("figures/geometry/{experiment}/rewinding.svg"),
    log:
        log_of("plot_rewinding/{experiment}"),
    benchmark:
        benchmark_of("plot_rewinding/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_rewinding"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_rewinding.py"


rule rewinding:
    input:
        expand(
            result("figures/geometry/{experiment}/rewinding.png"),
            experiment=experiments_with("rewinding"),
        ),
