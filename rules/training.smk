# One node per training run.


def training_code(wildcards):
    """Code of a run: the engine and the run's own architecture, no other."""
    architecture = config["architectures"][run_of(wildcards)["architecture"]]["name"]
    return code_of("train_run", f"rote.models.{architecture}")


def training_spec(wildcards):
    """What a run's networks and training depend on, names resolved."""
    run = run_of(wildcards)
    return {
        "architecture": config["architectures"][run["architecture"]],
        "recipe": config["recipes"][run["recipe"]],
        "seed": run.get("seed", 0),
        "subset": run.get("subset"),
    }


def run_images(split):
    """Images of a run's data set."""

    def of_run(wildcards):
        return result(f"data/{run_of(wildcards)['dataset']}/{split}.parquet")

    return of_run


def run_labels(wildcards):
    run = run_of(wildcards)
    return result(
        f"labels/{run['dataset']}/{run['labels']}/seed_{run.get('label_seed', 0)}.parquet"
    )


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
        code=training_code,
        spec=training_spec,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_run.py"
