# Claims of the papers: what was measured, the control, and the verdict on each. They are made of tables alone.


include: "look_ups/claims.smk"


wildcard_constraints:
    judged="|".join(JUDGED),
    name=one_of([name for judged in JUDGED for name in config["geometry"][judged]]),


rule judge_experiment:
    input:
        histories=of_experiment("runs/{run}/history.parquet"),
        capacities=experiment_capacities,
        gradients=analysis_of_experiment("gradients"),
        rewinding=analysis_of_experiment("rewinding"),
        neighbours=experiment_neighbours,
        simulation=analysis_of_experiment("simulation"),
    output:
        result("claims/geometry/experiments/{experiment}.parquet"),
    log:
        log_of("judge_experiment/{experiment}"),
    benchmark:
        benchmark_of("judge_experiment/{experiment}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("judge_experiment"),
        of_spheres=is_of_spheres,
        scope=experiment_title,
    script:
        "../workflow/scripts/judge_experiment.py"


rule judge_label_noise:
    input:
        capacities=of_noise("geometry/{set}/{run}/capacities.parquet"),
        history=of_noise("runs/{run}/history.parquet"),
    output:
        result("claims/geometry/label_noise/{noise}.parquet"),
    log:
        log_of("judge_label_noise/{noise}"),
    benchmark:
        benchmark_of("judge_label_noise/{noise}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("judge_label_noise"),
        fractions=noise_fractions,
        seeds=noise_seeds,
        scope=noise_title,
    script:
        "../workflow/scripts/judge_label_noise.py"


rule judge_widths:
    input:
        result("double_descent/{widths}.parquet"),
    output:
        result("claims/geometry/double_descent/{widths}.parquet"),
    log:
        log_of("judge_widths/{widths}"),
    benchmark:
        benchmark_of("judge_widths/{widths}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("judge_widths"),
        scope=widths_title,
        seed_key="{widths}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/judge_widths.py"


rule plot_claims:
    input:
        result("claims/geometry/{judged}/{name}.parquet"),
    output:
        figure=report(
            result("figures/claims/geometry/{judged}/{name}.png"),
            caption="../workflow/report/claims.rst",
            category="Manifold geometry",
            subcategory="{name}",
            labels={"figure": "claims and verdicts"},
        ),
        vector=result("figures/claims/geometry/{judged}/{name}.svg"),
    log:
        log_of("plot_claims/geometry/{judged}/{name}"),
    benchmark:
        benchmark_of("plot_claims/geometry/{judged}/{name}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_claims"),
        title=judged_title,
    script:
        "../workflow/scripts/plot_claims.py"


use rule plot_claims as plot_stitching_claims with:
    input:
        result("claims/stitching/{stitching}.parquet"),
    output:
        figure=report(
            result("figures/claims/stitching/{stitching}.png"),
            caption="../workflow/report/claims.rst",
            category="Stitching",
            subcategory="{stitching}",
            labels={"figure": "claims and verdicts"},
        ),
        vector=result("figures/claims/stitching/{stitching}.svg"),
    log:
        log_of("plot_claims/stitching/{stitching}"),
    benchmark:
        benchmark_of("plot_claims/stitching/{stitching}")
    params:
        code=code_of("plot_claims"),
        title=stitching_title,


use rule plot_claims as plot_subspace_claims with:
    input:
        result("claims/masc/{latent}.parquet"),
    output:
        figure=report(
            result("figures/claims/masc/{latent}.png"),
            caption="../workflow/report/subspace_claims.rst",
            category="Latent generalization",
            subcategory="{latent}",
            labels={"figure": "claims and verdicts"},
        ),
        vector=result("figures/claims/masc/{latent}.svg"),
    log:
        log_of("plot_claims/masc/{latent}"),
    benchmark:
        benchmark_of("plot_claims/masc/{latent}")
    params:
        code=code_of("plot_claims"),
        title=latent_title,


rule claims:
    input:
        judged_figures(),
        latent_claims(),
