# One node per training run.


include: "look_ups/training.smk"


wildcard_constraints:
    run=one_of(config["runs"]),
    run_stack=one_of(run_stacks()),
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
    wildcard_constraints:
        run=one_of(runs_alone()),
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


# Runs that name the same stack are trained in one job, whose number of networks no rule could write down as outputs.
rule train_stack:
    input:
        train=stack_images("train"),
        test=stack_images("test"),
        labels=stack_labels,
        starting_weights=stack_starting_weights,
    output:
        histories=result("stacks/{run_stack}/histories.parquet"),
        checkpoints=result("stacks/{run_stack}/checkpoints.parquet"),
    log:
        log_of("train_stack/{run_stack}"),
    benchmark:
        benchmark_of("train_stack/{run_stack}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=2880,
    params:
        code=stack_code,
        runs=stack_runs,
        specs=stack_specs,
        seed_key="{run_stack}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_stack.py"


rule take_from_stack:
    input:
        histories=of_run_stack("histories"),
        checkpoints=of_run_stack("checkpoints"),
    output:
        history=result("runs/{run}/history.parquet"),
        checkpoints=result("runs/{run}/checkpoints.parquet"),
    log:
        log_of("take_from_stack/{run}"),
    benchmark:
        benchmark_of("take_from_stack/{run}")
    wildcard_constraints:
        run=one_of(runs_in_stacks()),
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("take_from_stack"),
        spec=run_spec,
    script:
        "../workflow/scripts/take_from_stack.py"
