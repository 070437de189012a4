# Paper 1, held-out density bins: networks trained without each, and the certified robustness of what was held out.


include: "look_ups/density_bins.smk"


wildcard_constraints:
    stack=r"\d+",
    training="plain|smoothed",


rule draw_density_bins:
    input:
        example_densities=of_binned_tap("example_densities"),
        train=run_images("train"),
    output:
        bins=result("density_bins/{run}/{protocol}/bins.parquet"),
        subsets=of_bins("bin_{bin}/subset.parquet"),
    log:
        log_of("draw_density_bins/{run}/{protocol}"),
    benchmark:
        benchmark_of("draw_density_bins/{run}/{protocol}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("draw_density_bins"),
    script:
        "../workflow/scripts/draw_density_bins.py"


# The networks of a stack see equally many examples, or nearly so, and are trained in one job.
rule train_without_bins:
    input:
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
        starting_weights=run_starting_weights,
        subsets=of_stack("bin_{bin}/subset.parquet"),
    output:
        in_stack("{training}/stack_{stack}/network_{place}/checkpoints.parquet"),
    log:
        log_of("train_without_bins/{run}/{protocol}/{training}_{stack}"),
    benchmark:
        benchmark_of("train_without_bins/{run}/{protocol}/{training}_{stack}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=240,
    params:
        code=run_code("train_without_bins"),
        bins=bins_of_stack,
        seed_key="{run}, {training}",
        spec=held_out_spec,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/train_without_bins.py"


rule score_density_bins:
    input:
        bins=result("density_bins/{run}/{protocol}/bins.parquet"),
        subsets=of_bins("bin_{bin}/subset.parquet"),
        checkpoints=of_stacks("plain/stack_{stack}/network_{place}/checkpoints.parquet"),
        train=run_images("train"),
        labels=run_labels,
        scores=run_scores,
        groups=of_binned_tap("groups"),
    output:
        held_out=of_bins("bin_{bin}/held_out.parquet"),
        summary=result("density_bins/{run}/{protocol}/summary.parquet"),
    log:
        log_of("score_density_bins/{run}/{protocol}"),
    benchmark:
        benchmark_of("score_density_bins/{run}/{protocol}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=minutes(20),
    params:
        code=run_code("score_density_bins"),
        seed_key="{run}, {protocol}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/score_density_bins.py"


rule certify_density_bins:
    input:
        bins=result("density_bins/{run}/{protocol}/bins.parquet"),
        subsets=of_stack("bin_{bin}/subset.parquet"),
        checkpoints=in_stack(
            "smoothed/stack_{stack}/network_{place}/checkpoints.parquet"
        ),
        train=run_images("train"),
    output:
        in_stack("smoothed/stack_{stack}/network_{place}/certificates.parquet"),
    log:
        log_of("certify_density_bins/{run}/{protocol}/{stack}"),
    benchmark:
        benchmark_of("certify_density_bins/{run}/{protocol}/{stack}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=minutes(120),
    params:
        code=run_code("certify_density_bins"),
        bins=bins_of_stack,
        seed_key="{run}, smoothed",
        certification=certification_options,
        most=config["class_fitting"]["density_bins"].get("certified_examples"),
        study_seed=config["seed"],
    script:
        "../workflow/scripts/certify_density_bins.py"


rule describe_certificates:
    input:
        certificates=of_stacks(
            "smoothed/stack_{stack}/network_{place}/certificates.parquet"
        ),
        labels=run_labels,
    output:
        bins=result("density_bins/{run}/{protocol}/certified_bins.parquet"),
        accuracies=result("density_bins/{run}/{protocol}/certified_accuracy.parquet"),
    log:
        log_of("describe_certificates/{run}/{protocol}"),
    benchmark:
        benchmark_of("describe_certificates/{run}/{protocol}")
    conda:
        "../envs/training.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("describe_certificates"),
        radii=config["class_fitting"]["density_bins"]["radii"],
        seed_key="{run}, {protocol}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/describe_certificates.py"


rule plot_density_bins:
    input:
        summaries=of_bin_protocols("summary"),
        certified=of_bin_protocols("certified_bins"),
        accuracies=of_bin_protocols("certified_accuracy"),
    output:
        bins=report(
            result("figures/density_bins/{run}/density_bins.png"),
            caption="../workflow/report/density_bins.rst",
            category="Density bins",
            subcategory="{run}",
            labels={"figure": "memorization and robustness of density bins (Fig. 3)"},
        ),
        accuracy=report(
            result("figures/density_bins/{run}/certified_accuracy.png"),
            caption="../workflow/report/certified_accuracy.rst",
            category="Density bins",
            subcategory="{run}",
            labels={"figure": "certified accuracy at given radii"},
        ),
        vector=multiext(
            result("figures/density_bins/{run}/"),
            "density_bins.svg",
            "certified_accuracy.svg",
        ),
    log:
        log_of("plot_density_bins/{run}"),
    benchmark:
        benchmark_of("plot_density_bins/{run}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_density_bins"),
        title=run_title,
    script:
        "../workflow/scripts/plot_density_bins.py"


rule density_bins:
    input:
        expand(
            result("figures/density_bins/{run}/density_bins.png"),
            run=scored_runs(),
        ),
