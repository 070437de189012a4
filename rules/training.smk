# One node per training run.


include: "look_ups/training.smk"


wildcard_constraints:
    run=one_of(config["runs"]),
    weights=one_of(config["weights"]),


rule fetch_weights:
    output:
        result("weights/{weights}.safetensors"),
    log:
        log_of("fetch_weights/{weights}"),
    benchmark:
        benchmark_of("fetch_weights/{weights}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=weights_code("fetch_weights"),
        architecture=weights_architecture,
        hub_identifier=weights_identifier,
        local_copy=weights_copy,
    script:
        "../workflow/scripts/fetch_weights.py"


rule train_run:
    input:
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
        starting_weights=run_starting_weights,
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
        runtime=2880,
    params:
        code=run_code("train_run"),
        seed_key="{run}",
        spec=run_spec,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_run.py"
