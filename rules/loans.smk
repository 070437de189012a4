# Checkpoints are lent to their readers, one token each, and dropped after the last: who reads again gets them again.


include: "look_ups/loans.smk"


wildcard_constraints:
    reader="[^/]+",


# No code among the parameters: a token says that files are there, and other code makes no other files of the same
# manifest. It is for one reader, since a token that several share would, once gone, run all of them again.
rule lend_checkpoints:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
        starting_weights=run_starting_weights,
    output:
        temp(result("runs/{run}/lent/{reader}.txt")),
    log:
        log_of("lend_checkpoints/{run}/{reader}"),
    benchmark:
        benchmark_of("lend_checkpoints/{run}/{reader}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=2880,
    params:
        seed_key="{run}",
        spec=run_spec,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/lend_checkpoints.py"


rule drop_checkpoints:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        read=run_readers,
    output:
        result("runs/{run}/dropped.txt"),
    log:
        log_of("drop_checkpoints/{run}"),
    benchmark:
        benchmark_of("drop_checkpoints/{run}")
    priority: 100
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("drop_checkpoints"),
        tokens=result("runs/{run}/lent"),
    script:
        "../workflow/scripts/drop_checkpoints.py"
