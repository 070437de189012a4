# Paper 2, layouts in the plane: images as a layer sees them, and how many neighbours share a label.


include: "look_ups/embeddings.smk"


rule embed_images:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        history=result("runs/{run}/history.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        drawn=embedded_manifolds,
        lent=result("runs/{run}/lent/embeddings.txt"),
    output:
        points=result("embeddings/{run}.parquet"),
        neighbours=result("embeddings/neighbours/{run}.parquet"),
    log:
        log_of("embed_images/{run}"),
    benchmark:
        benchmark_of("embed_images/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=run_code("embed_images"),
        how=how_embedded,
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/embed_images.py"


rule plot_embeddings:
    input:
        points=first_run("embeddings/{run}.parquet"),
        neighbours=first_run("embeddings/neighbours/{run}.parquet"),
    output:
        figure=report(
            result("figures/geometry/{experiment}/embeddings.png"),
            caption="../workflow/report/embeddings.rst",
            category="Manifold geometry",
            subcategory="{experiment}",
            labels={"figure": "images in the plane (Figs 2B, A.2)"},
        ),
        vector=result("figures/geometry/{experiment}/embeddings.svg"),
    log:
        log_of("plot_embeddings/{experiment}"),
    benchmark:
        benchmark_of("plot_embeddings/{experiment}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_embeddings"),
        title=experiment_title,
    script:
        "../workflow/scripts/plot_embeddings.py"


rule embeddings:
    input:
        expand(
            result("figures/geometry/{experiment}/embeddings.png"),
            experiment=experiments_with("embeddings"),
        ),
