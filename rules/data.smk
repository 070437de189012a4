# Published archive → Parquet of images and labels → corrupted labels.


def dataset_module(name):
    """Data of one's own are read by the module of their kind, published ones by that of their name."""
    kind = config["datasets"][name].get("kind")
    return f"rote.data.kinds.{kind}" if kind else f"rote.data.datasets.{name}"


def dataset_code(script):
    """Code of a script that handles one data set: other data sets' modules do not matter to it."""

    def of_dataset(wildcards):
        return code_with(script, dataset_module(wildcards.dataset))

    return of_dataset


def dataset_options(wildcards):
    """Options of a data set; where it lies changes no result."""
    options = config["datasets"][wildcards.dataset]
    return {key: value for key, value in options.items() if key != "path"}


@cache
def digest_of(path):
    try:
        return remembered_digest(path, ".snakemake/contents")
    except RoteError as error:
        raise WorkflowError(str(error)) from None


def own_contents(wildcards):
    """Digest of what data of one's own hold; published ones are told by their checksums."""
    path = config["datasets"][wildcards.dataset].get("path")
    return path and digest_of(path)


def corruption(wildcards):
    return config["labels"][wildcards.labels]


def corruption_file(wildcards):
    """The file of labels that people gave, where the scheme reads one."""
    return config["labels"][wildcards.labels].get("file", [])


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
