# Representations of all training examples, which several studies share: recorded in one pass, reduced tap by tap.


rule record_class_representations:
    input:
        train=run_images("train"),
        labels=run_labels,
        checkpoints=result("runs/{run}/checkpoints.parquet"),
    output:
        result("representations/{run}/recorded.parquet"),
    log:
        log_of("record_class_representations/{run}"),
    benchmark:
        benchmark_of("record_class_representations/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=run_code("record_class_representations"),
        taps=run_taps,
        epoch=None,
    script:
        "../workflow/scripts/record_class_representations.py"


rule reduce_representations:
    input:
        result("representations/{run}/recorded.parquet"),
    output:
        reduced=result("representations/{run}/{tap}.parquet"),
        variance=result("representations/{run}/{tap}_variance.parquet"),
    log:
        log_of("reduce_representations/{run}/{tap}"),
    benchmark:
        benchmark_of("reduce_representations/{run}/{tap}")
    conda:
        "../envs/numerics.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=minutes(30),
    params:
        code=code_of("reduce_representations"),
        tap=tap_name,
        dimensions=tap_dimensions,
    script:
        "../workflow/scripts/reduce_representations.py"
