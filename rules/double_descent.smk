# Paper 2, double descent: error and geometry of networks of several widths against their number of parameters.


include: "look_ups/double_descent.smk"


wildcard_constraints:
    widths=one_of(config["geometry"]["double_descent"]),


rule gather_widths:
    input:
        histories=of_widths("runs/{run}/history.parquet"),
        manifests=of_widths("runs/{run}/checkpoints.parquet"),
        capacities=widths_capacities,
    output:
        result("double_descent/{widths}.parquet"),
    log:
        log_of("gather_widths/{widths}"),
    benchmark:
        benchmark_of("gather_widths/{widths}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(30),
    params:
        code=code_of("gather_widths"),
        seeds=widths_seeds,
    script:
        "../workflow/scripts/gather_widths.py"


rule plot_double_descent:
    input:
        result("double_descent/{widths}.parquet"),
    output:
        figure=report(
            result("figures/double_descent/{widths}.png"),
            caption="../workflow/report/double_descent.rst",
            category="Manifold geometry",
            subcategory="double descent",
            labels={"figure": "error and geometry against parameters (Figs 4C to 4E)"},
        ),
        vector=result("figures/double_descent/{widths}.svg"),
    log:
        log_of("plot_double_descent/{widths}"),
    benchmark:
        benchmark_of("plot_double_descent/{widths}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_double_descent"),
        title=widths_title,
    script:
        "../workflow/scripts/plot_double_descent.py"


rule double_descent:
    input:
        expand(
            result("figures/double_descent/{widths}.png"),
            widths=config["geometry"]["double_descent"],
        ),
