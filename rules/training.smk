# One node per training run.


rule train_run:
    input:
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
    output:
        history=result("runs/{run}/history.parquet"),
        checkpoints=result("runs/{run}/checkpoints.parquet"),
    log:
        log_of("train_run/{run}"),
    benchmark:
        benchmark_of("train_run/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(2880),
    params:
        code=run_code("train_run"),
        spec=run_spec,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_run.py"
