# Published archive → Parquet of images and labels → corrupted labels.


include: "look_ups/data.smk"


wildcard_constraints:
    dataset=one_of(config["datasets"]),
    labels=one_of(config["labels"]),
    label_seed=r"\d+",


# Where copies lie on this machine changes no result, so `data_root` is read from the config, not from params.
rule fetch_dataset:
    output:
        result("data/{dataset}/sources.parquet"),
    log:
        log_of("fetch_dataset/{dataset}"),
    benchmark:
        benchmark_of("fetch_dataset/{dataset}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(60),
    params:
        code=dataset_code("fetch_dataset"),
        contents=own_contents,
    script:
        "../workflow/scripts/fetch_dataset.py"


rule convert_dataset:
    input:
        sources=result("data/{dataset}/sources.parquet"),
    output:
        train=result("data/{dataset}/train.parquet"),
        test=result("data/{dataset}/test.parquet"),
    log:
        log_of("convert_dataset/{dataset}"),
    benchmark:
        benchmark_of("convert_dataset/{dataset}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(30),
    params:
        code=dataset_code("convert_dataset"),
        options=dataset_options,
        seed_key="{dataset}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/convert_dataset.py"


rule corrupt_labels:
    input:
        train=result("data/{dataset}/train.parquet"),
        human_labels=corruption_file,
    output:
        result("labels/{dataset}/{labels}/seed_{label_seed}.parquet"),
    log:
        log_of("corrupt_labels/{dataset}/{labels}/seed_{label_seed}"),
    benchmark:
        benchmark_of("corrupt_labels/{dataset}/{labels}/seed_{label_seed}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("corrupt_labels"),
        scheme=corruption,
        seed_key="{dataset}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/corrupt_labels.py"
