# Paper 2, capacity by simulation against that of mean-field theory (Fig. 1B), and the groups of images (Fig. 1A).


include: "look_ups/simulation.smk"


rule simulate_capacity:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        history=result("runs/{run}/history.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        drawn=simulated_manifolds,
        lent=result("runs/{run}/lent/simulation.txt"),
    output:
        result("simulation/{run}.parquet"),
    log:
        log_of("simulate_capacity/{run}"),
    benchmark:
        benchmark_of("simulate_capacity/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(240),
    params:
        code=run_code("simulate_capacity"),
        how=how_simulated,
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/simulate_capacity.py"


rule plot_simulation:
    input:
        simulation=first_run("simulation/{run}.parquet"),
        capacities=first_of_capacities,
        history=first_run("runs/{run}/history.parquet"),
    output:
        figure=report(
            result("figures/geometry/{experiment}/simulation.png"),
            caption="../workflow/report/simulation.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "capacity by simulation against the theory's (Fig. 1B)"},
        ),
        vector=result("figures/geometry/{experiment}/simulation.svg"),
    log:
        log_of("plot_simulation/{experiment}"),
    benchmark:
        benchmark_of("plot_simulation/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_simulation"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_simulation.py"


rule plot_labelled_images:
    input:
        train=first_images,
        labels=first_labels,
    output:
        figure=report(
            result("figures/geometry/{experiment}/labelled_images.png"),
            caption="../workflow/report/labelled_images.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "images and their labels (Fig. 1A)"},
        ),
        vector=result("figures/geometry/{experiment}/labelled_images.svg"),
    log:
        log_of("plot_labelled_images/{experiment}"),
    benchmark:
        benchmark_of("plot_labelled_images/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_labelled_images"),
        title=experiment_title,
        seed_key="{experiment}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/plot_labelled_images.py"


rule simulation:
    input:
        expand(
            result("figures/geometry/{experiment}/{figure}.png"),
            experiment=experiments_with("simulation"),
            figure=["labelled_images", "simulation"],
        ),
