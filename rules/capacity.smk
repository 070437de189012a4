# Paper 2, manifold capacity: capacity, radius, dimension and centre correlation of classes, layer by layer.


include: "look_ups/capacity.smk"


wildcard_constraints:
    noise=one_of(config["geometry"]["label_noise"]),


rule measure_capacity:
    input:
        result("representations/{set}/{run}.parquet"),
    output:
        capacities=result("geometry/{set}/{run}/capacities.parquet"),
        manifolds=result("geometry/{set}/{run}/manifolds.parquet"),
    log:
        log_of("measure_capacity/{set}/{run}"),
    benchmark:
        benchmark_of("measure_capacity/{set}/{run}")
    conda:
        "../envs/numerics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        code=code_of("measure_capacity"),
        options=config["geometry"]["capacity"],
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/measure_capacity.py"


rule plot_capacities:
    input:
        capacities=experiment_capacities,
        history=of_experiment("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/geometry/{experiment}/capacities.png"),
            caption="../workflow/report/capacities.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={
                "figure": "geometry of manifolds against layer (Figs 3, A.4 to A.7)"
            },
        ),
        vector=result("figures/geometry/{experiment}/capacities.svg"),
    log:
        log_of("plot_capacities/{experiment}"),
    benchmark:
        benchmark_of("plot_capacities/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_capacities"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_capacities.py"


rule plot_label_noise:
    input:
        capacities=of_noise("geometry/{set}/{run}/capacities.parquet"),
        history=of_noise("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/label_noise/{noise}.png"),
            caption="../workflow/report/label_noise.rst",
            category="Manifold geometry",
            subcategory="label noise",
            labels={"figure": "capacity against share of random labels (Fig. A.8)"},
        ),
        vector=result("figures/label_noise/{noise}.svg"),
    log:
        log_of("plot_label_noise/{noise}"),
    benchmark:
        benchmark_of("plot_label_noise/{noise}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_label_noise"),
        fractions=noise_fractions,
        title=noise_title,
    script:
        "../workflow/scripts/plot_label_noise.py"


rule manifold_capacity:
    input:
        expand(
            result("figures/geometry/{experiment}/capacities.png"),
            experiment=experiments_with("manifolds"),
        ),
        expand(
            result("figures/label_noise/{noise}.png"),
            noise=config["geometry"]["label_noise"],
        ),
