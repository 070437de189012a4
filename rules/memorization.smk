# Paper 1, memorization: trials on random subsets of the training set, and the scores that follow from them.


def trials_of(wildcards):
    return config["memorization"]["estimates"][wildcards.trials]


def trials_title(wildcards):
    return trials_of(wildcards)["title"]


def trials_images(split):
    """Images on which trials are trained and tested."""

    def of_trials(wildcards):
        return result(f"data/{trials_of(wildcards)['dataset']}/{split}.parquet")

    return of_trials


def trials_labels(wildcards):
    trials = trials_of(wildcards)
    return result(
        f"labels/{trials['dataset']}/{trials['labels']}/seed_{trials['label_seed']}.parquet"
    )


def trials_architecture(wildcards):
    return config["architectures"][trials_of(wildcards)["architecture"]]


def trials_code(wildcards):
    """Code of a shard of trials: other architectures' modules do not matter to it."""
    return code_with(
        "train_trials", f"rote.models.{trials_architecture(wildcards)['name']}"
    )


def trials_spec(wildcards):
    """What every trial trains, names resolved."""
    trials = trials_of(wildcards)
    return {
        "architecture": trials_architecture(wildcards),
        "recipe": config["recipes"][trials["recipe"]],
        "fraction": trials["fraction"],
        "stack_size": trials["stack_size"],
    }


def shard_trials(wildcards):
    """First trial of a shard, and the first of the next one; the last shard may have fewer."""
    trials = trials_of(wildcards)
    first = int(wildcards.shard) * trials["shard"]
    return [first, min(first + trials["shard"], trials["trials"])]


def all_shards(wildcards):
    """Every shard of trials."""
    trials = trials_of(wildcards)
    number = -(-trials["trials"] // trials["shard"])
    return expand(
        result("memorization/{trials}/trials_{shard}.parquet"),
        trials=wildcards.trials,
        shard=range(number),
    )


def published_of(wildcards):
    return config["memorization"]["published"][wildcards.published]


def published_images(wildcards):
    return result(f"data/{published_of(wildcards)['dataset']}/train.parquet")


def published_file(wildcards):
    return published_of(wildcards)["file"]


def published_field(wildcards):
    return published_of(wildcards).get("field")


def published_checksum(wildcards):
    return published_of(wildcards).get("checksum")


def estimates_with_references():
    """Estimates that are compared with published scores."""
    estimates = config["memorization"]["estimates"]
    return [name for name, trials in estimates.items() if trials["compared_with"]]


def references(wildcards):
    return trials_of(wildcards)["compared_with"]


def reference_scores(wildcards):
    return [
        result(f"memorization/{name}/scores.parquet") for name in references(wildcards)
    ]


def trials_fraction(wildcards):
    return trials_of(wildcards)["fraction"]


def trials_counts(wildcards):
    """Numbers of trials from which scores are taken to see them settle: halvings of all."""
    number, counts = trials_of(wildcards)["trials"], []
    while number >= 4:
        counts.append(number)
        number //= 2
    return counts[::-1]


wildcard_constraints:
    trials=one_of(config["memorization"]["estimates"]),
    published=one_of(config["memorization"]["published"]),
    shard=r"\d+",


rule train_trials:
    input:
        train=trials_images("train"),
        test=trials_images("test"),
        labels=trials_labels,
    output:
        trials=result("memorization/{trials}/trials_{shard}.parquet"),
        times=result("memorization/{trials}/trial_times_{shard}.parquet"),
    log:
        log_of("train_trials/{trials}/{shard}"),
    benchmark:
        benchmark_of("train_trials/{trials}/{shard}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=240,
    params:
        code=trials_code,
        spec=trials_spec,
        trials=shard_trials,  # one value: Snakemake compares parameters as a set, without their names
        seed_key="{trials}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_trials.py"


rule estimate_memorization:
    input:
        shards=all_shards,
        train=trials_images("train"),
        labels=trials_labels,
    output:
        scores=result("memorization/{trials}/scores.parquet"),
        corruption=result("memorization/{trials}/corruption.parquet"),
    log:
        log_of("estimate_memorization/{trials}"),
    benchmark:
        benchmark_of("estimate_memorization/{trials}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(20),
    params:
        code=code_of("estimate_memorization"),
    script:
        "../workflow/scripts/estimate_memorization.py"


rule measure_convergence:
    input:
        shards=all_shards,
        train=trials_images("train"),
    output:
        convergence=result("memorization/{trials}/convergence.parquet"),
        precisions=result("memorization/{trials}/precisions.parquet"),
    log:
        log_of("measure_convergence/{trials}"),
    benchmark:
        benchmark_of("measure_convergence/{trials}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(20),
    params:
        code=code_of("measure_convergence"),
        n_trials=trials_counts,
        wanted_errors=config["memorization"]["wanted_errors"],
        fraction=trials_fraction,
        seed_key="{trials}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/measure_convergence.py"


rule select_influential_pairs:
    input:
        shards=all_shards,
        train=trials_images("train"),
        test=trials_images("test"),
    output:
        pairs=result("memorization/{trials}/influential_pairs.parquet"),
        selections=result("memorization/{trials}/pair_selections.parquet"),
    log:
        log_of("select_influential_pairs/{trials}"),
    benchmark:
        benchmark_of("select_influential_pairs/{trials}")
    conda:
        "../envs/numerics.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=code_of("select_influential_pairs"),
        rate=config["memorization"]["false_discovery_rate"],
    script:
        "../workflow/scripts/select_influential_pairs.py"


rule plot_memorization:
    input:
        scores=result("memorization/{trials}/scores.parquet"),
        corruption=result("memorization/{trials}/corruption.parquet"),
        convergence=result("memorization/{trials}/convergence.parquet"),
        precisions=result("memorization/{trials}/precisions.parquet"),
        labels=trials_labels,
        train=trials_images("train"),
    output:
        scores=report(
            result("figures/memorization/{trials}/scores.png"),
            caption="../workflow/report/memorization_scores.rst",
            category="Memorization",
            subcategory="{trials}",
            labels={"figure": "memorization scores"},
        ),
        examples=report(
            result("figures/memorization/{trials}/examples.png"),
            caption="../workflow/report/memorized_examples.rst",
            category="Memorization",
            subcategory="{trials}",
            labels={"figure": "most memorized and typical examples"},
        ),
        convergence=report(
            result("figures/memorization/{trials}/convergence.png"),
            caption="../workflow/report/memorization_convergence.rst",
            category="Memorization",
            subcategory="{trials}",
            labels={"figure": "convergence with the number of trials"},
        ),
        vector=multiext(
            result("figures/memorization/{trials}/"),
            "scores.svg",
            "examples.svg",
            "convergence.svg",
        ),
    log:
        log_of("plot_memorization/{trials}"),
    benchmark:
        benchmark_of("plot_memorization/{trials}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_memorization"),
        title=trials_title,
    script:
        "../workflow/scripts/plot_memorization.py"


rule adopt_published_scores:
    input:
        published_images,
    output:
        result("memorization/{published}/scores.parquet"),
    log:
        log_of("adopt_published_scores/{published}"),
    benchmark:
        benchmark_of("adopt_published_scores/{published}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("adopt_published_scores"),
        file=published_file,
        field=published_field,
        checksum=published_checksum,
    script:
        "../workflow/scripts/adopt_published_scores.py"


rule correlate_scores:
    input:
        scores=result("memorization/{trials}/scores.parquet"),
        references=reference_scores,
    output:
        correlations=result("memorization/{trials}/score_correlations.parquet"),
        figure=report(
            result("figures/memorization/{trials}/score_correlations.png"),
            caption="../workflow/report/score_correlations.rst",
            category="Memorization",
            subcategory="{trials}",
            labels={"figure": "correlation with published scores"},
        ),
        vector=result("figures/memorization/{trials}/score_correlations.svg"),
    log:
        log_of("correlate_scores/{trials}"),
    benchmark:
        benchmark_of("correlate_scores/{trials}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("correlate_scores"),
        references=references,
        seed_key="{trials}",
        title=trials_title,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/correlate_scores.py"


rule memorization:
    input:
        expand(
            result("figures/memorization/{trials}/score_correlations.png"),
            trials=estimates_with_references(),
        ),
        expand(
            result("figures/memorization/{trials}/scores.png"),
            trials=config["memorization"]["estimates"],
        ),
        expand(
            result("memorization/{trials}/pair_selections.parquet"),
            trials=config["memorization"]["estimates"],
        ),
