# Paper 1, where classes arise: density models of memorized, random and typical examples, stage by stage.


rule choose_memorization_subsets:
    input:
        run_scores,
    output:
        result("memorization_subsets/{run}.parquet"),
    log:
        log_of("choose_memorization_subsets/{run}"),
    benchmark:
        benchmark_of("choose_memorization_subsets/{run}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("choose_memorization_subsets"),
        threshold=config["class_fitting"]["memorization_subsets"]["threshold"],
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/choose_memorization_subsets.py"


rule compare_classes_of_subsets:
    input:
        representations=result("class_fitting/{run}/{tap}/representations.parquet"),
        subsets=result("memorization_subsets/{run}.parquet"),
    output:
        result("class_fitting/{run}/{tap}/{protocol}/subset_divergences.parquet"),
    log:
        log_of("compare_classes_of_subsets/{run}/{tap}/{protocol}"),
    benchmark:
        benchmark_of("compare_classes_of_subsets/{run}/{tap}/{protocol}")
    conda:
        "../envs/numerics.yaml"
    threads: density_threads()
    resources:
        mem_mb=memory(8000),
        runtime=minutes(60),
    params:
        code=code_of("compare_classes_of_subsets"),
        options=density_options,
        tolerance=config["class_fitting"]["divergences"],
        least_examples=config["class_fitting"]["memorization_subsets"]["least_examples"],
        seed_key="{run}, {tap}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/compare_classes_of_subsets.py"


rule classify_subsets:
    input:
        representations=result("class_fitting/{run}/{tap}/representations.parquet"),
        subsets=result("memorization_subsets/{run}.parquet"),
    output:
        predictions=result(
            "class_fitting/{run}/{tap}/{protocol}/generative_predictions.parquet"
        ),
        scores=result("class_fitting/{run}/{tap}/{protocol}/generative_scores.parquet"),
    log:
        log_of("classify_subsets/{run}/{tap}/{protocol}"),
    benchmark:
        benchmark_of("classify_subsets/{run}/{tap}/{protocol}")
    conda:
        "../envs/numerics.yaml"
    threads: density_threads()
    resources:
        mem_mb=memory(8000),
        runtime=minutes(180),
    params:
        code=code_of("classify_subsets"),
        options=density_options,
        seed_key="{run}, {tap}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/classify_subsets.py"


rule plot_memorization_subsets:
    input:
        divergences=of_models("subset_divergences", run_taps),
        generative_scores=of_models("generative_scores", run_taps),
    output:
        divergences=report(
            result("figures/memorization_subsets/{run}/subset_divergences.png"),
            caption="../workflow/report/subset_divergences.rst",
            category="Memorized and typical examples",
            subcategory="{run}",
            labels={"figure": "relative entropies between classes (Fig. 4)"},
        ),
        generative_scores=report(
            result("figures/memorization_subsets/{run}/generative_scores.png"),
            caption="../workflow/report/generative_scores.rst",
            category="Memorized and typical examples",
            subcategory="{run}",
            labels={"figure": "generative classification (Fig. A.11)"},
        ),
        vector=multiext(
            result("figures/memorization_subsets/{run}/"),
            "subset_divergences.svg",
            "generative_scores.svg",
        ),
    log:
        log_of("plot_memorization_subsets/{run}"),
    benchmark:
        benchmark_of("plot_memorization_subsets/{run}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_memorization_subsets"),
        title=run_title,
        taps=run_taps,
    script:
        "../workflow/scripts/plot_memorization_subsets.py"


rule memorization_subsets:
    input:
        expand(
            result("figures/memorization_subsets/{run}/subset_divergences.png"),
            run=scored_runs(),
        ),
