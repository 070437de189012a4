# Claims of the papers: what was measured, the control, and the verdict on each. They are made of tables alone.


include: "look_ups/claims.smk"


rule judge_geometry:
    input:
        histories=of_experiment("runs/{run}/history.parquet"),
        capacities=experiment_capacities,
        gradients=analysis_of_experiment("gradients"),
        rewinding=analysis_of_experiment("rewinding"),
    output:
        result("claims/geometry/{experiment}.parquet"),
    log:
        log_of("judge_geometry/{experiment}"),
    benchmark:
        benchmark_of("judge_geometry/{experiment}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("judge_geometry"),
        scope=experiment_title,
    script:
        "../workflow/scripts/judge_geometry.py"


rule plot_claims:
    input:
        result("claims/geometry/{experiment}.parquet"),
    output:
        figure=report(
            result("figures/claims/geometry/{experiment}.png"),
            caption="../workflow/report/claims.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "claims and verdicts"},
        ),
        vector=result("figures/claims/geometry/{experiment}.svg"),
    log:
        log_of("plot_claims/geometry/{experiment}"),
    benchmark:
        benchmark_of("plot_claims/geometry/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_claims"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_claims.py"


rule claims:
    input:
        expand(
            result("figures/claims/geometry/{experiment}.png"),
            experiment=config["geometry"]["experiments"],
        ),
