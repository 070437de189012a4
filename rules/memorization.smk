# Paper 1, memorization: trials on random subsets of the training set, and the scores that follow from them.


include: "look_ups/memorization.smk"


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
