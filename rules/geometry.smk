# Paper 2, manifold geometry: what networks do with permuted labels, layer by layer.


include: "look_ups/geometry.smk"


wildcard_constraints:
    experiment=one_of(config["geometry"]["experiments"]),
    spheres=one_of(sets_of_spheres()),


rule plot_accuracies:
    input:
        of_experiment("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/geometry/{experiment}/accuracies.png"),
            caption="../workflow/report/accuracies.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "accuracy against epoch (Fig. 2A)"},
        ),
        vector=result("figures/geometry/{experiment}/accuracies.svg"),
    log:
        log_of("plot_accuracies/{experiment}"),
    benchmark:
        benchmark_of("plot_accuracies/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_accuracies"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_accuracies.py"


rule plot_spheres:
    input:
        result("data/{spheres}/train.parquet"),
    output:
        figure=report(
            result("figures/spheres/{spheres}.png"),
            caption="../workflow/report/spheres.rst",
            category="Manifold geometry",
            subcategory="{spheres}",
            labels={"figure": "two classes of spheres (Fig. A.3)"},
        ),
        vector=result("figures/spheres/{spheres}.svg"),
    log:
        log_of("plot_spheres/{spheres}"),
    benchmark:
        benchmark_of("plot_spheres/{spheres}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_spheres"),
        title=spheres_title,
    script:
        "../workflow/scripts/plot_spheres.py"


rule geometry:
    input:
        expand(
            result("figures/geometry/{experiment}/accuracies.png"),
            experiment=config["geometry"]["experiments"],
        ),
        expand(result("figures/spheres/{spheres}.png"), spheres=sets_of_spheres()),
