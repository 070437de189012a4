# Named sets of representations, which studies share: of a run's networks, recorded once in one form.


include: "look_ups/representations.smk"


wildcard_constraints:
    set=one_of(config["representations"]),


rule draw_images:
    input:
        images_drawn_from,
    output:
        result("images/{dataset}/{set}.parquet"),
    log:
        log_of("draw_images/{dataset}/{set}"),
    benchmark:
        benchmark_of("draw_images/{dataset}/{set}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("draw_images"),
        drawing=set_drawing,
        seed_key="{dataset}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/draw_images.py"


rule draw_manifolds:
    input:
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
    output:
        result("manifolds/{set}/{run}.parquet"),
    log:
        log_of("draw_manifolds/{set}/{run}"),
    benchmark:
        benchmark_of("draw_manifolds/{set}/{run}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("draw_manifolds"),
        drawing=manifold_drawing,
        seed_key=labels_key,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/draw_manifolds.py"


rule record_representations:
    input:
        images=run_set_images,
        test=run_test_images_of_set,
        drawn=run_drawn_images,
        labels=run_set_labels,
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        history=run_history_of_best,
        lent=lent_checkpoints,
    output:
        result("representations/{set}/{run}.parquet"),
    log:
        log_of("record_representations/{set}/{run}"),
    benchmark:
        benchmark_of("record_representations/{set}/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(120),
    params:
        code=recorder_code,
        what=set_what,
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/record_representations.py"
