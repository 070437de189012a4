# Paper 3, stitching: the front of one network, the tail of another, and a trained stitch between them.


include: "look_ups/stitching.smk"


wildcard_constraints:
    stitching=one_of(config["stitching"]["experiments"]),
    repetition=one_of(repetition_names()),
    into=one_of(all_stitched()),


rule stitch_networks:
    input:
        checkpoints=stitched_checkpoints,
        labels=noisy_stitched_labels,
        train=of_clean_run(run_images("train")),
        test=of_clean_run(run_images("test")),
    output:
        stitches=result("stitching/{stitching}/{repetition}/{into}/stitches.parquet"),
        predictions=result(
            "stitching/{stitching}/{repetition}/{into}/predictions.parquet"
        ),
        similarity=result(
            "stitching/{stitching}/{repetition}/{into}/similarity.parquet"
        ),
    log:
        log_of("stitch_networks/{stitching}/{repetition}/{into}"),
    benchmark:
        benchmark_of("stitch_networks/{stitching}/{repetition}/{into}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(16000),
        runtime=minutes(240),
    params:
        code=of_clean_run(run_code("stitch_networks")),
        noisy=noisy_stitched_runs,
        runs=stitched_runs,
        seed_key="{stitching}, {repetition}",
        study_seed=config["seed"],
        what=what_is_stitched,
    script:
        "../workflow/scripts/stitch_networks.py"


rule plot_stitches:
    input:
        all_stitches("stitches"),
    output:
        figure=report(
            result("figures/stitching/{stitching}/stitches.png"),
            caption="../workflow/report/stitches.rst",
            category="Stitching",
            subcategory="{stitching}",
            labels={"figure": "accuracy of stitched networks (Fig. 2)"},
        ),
        vector=result("figures/stitching/{stitching}/stitches.svg"),
    log:
        log_of("plot_stitches/{stitching}"),
    benchmark:
        benchmark_of("plot_stitches/{stitching}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_stitches"),
        title=stitching_title,
    script:
        "../workflow/scripts/plot_stitches.py"


rule compare_with_references:
    input:
        rows=converging_rows,
        clean=clean_rows,
    output:
        cka=result("stitching/{stitching}/{repetition}/{into}/convergence/cka.parquet"),
        settling=result(
            "stitching/{stitching}/{repetition}/{into}/convergence/settling.parquet"
        ),
    log:
        log_of("compare_with_references/{stitching}/{repetition}/{into}"),
    benchmark:
        benchmark_of("compare_with_references/{stitching}/{repetition}/{into}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=code_of("compare_with_references"),
        how=config["stitching"]["convergence"],
        role=converging_role,
    script:
        "../workflow/scripts/compare_with_references.py"


rule plot_convergence:
    input:
        cka=all_convergence("cka"),
        settling=all_convergence("settling"),
    output:
        figure=report(
            result("figures/stitching/{stitching}/convergence.png"),
            caption="../workflow/report/convergence.rst",
            category="Stitching",
            subcategory="{stitching}",
            labels={"figure": "convergence of layers (Figs 1, 3)"},
        ),
        vector=result("figures/stitching/{stitching}/convergence.svg"),
    log:
        log_of("plot_convergence/{stitching}"),
    benchmark:
        benchmark_of("plot_convergence/{stitching}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_convergence"),
        how=config["stitching"]["convergence"],
        title=stitching_title,
    script:
        "../workflow/scripts/plot_convergence.py"


rule judge_stitching:
    input:
        stitches=all_stitches("stitches"),
        similarity=all_stitches("similarity"),
        histories=noisy_histories,
        cka=measured_convergence("cka"),
        settling=measured_convergence("settling"),
    output:
        result("claims/stitching/{stitching}.parquet"),
    log:
        log_of("judge_stitching/{stitching}"),
    benchmark:
        benchmark_of("judge_stitching/{stitching}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("judge_stitching"),
        scope=stitching_title,
    script:
        "../workflow/scripts/judge_stitching.py"


rule stitching:
    input:
        expand(
            result("figures/claims/stitching/{stitching}.png"),
            stitching=config["stitching"]["experiments"],
        ),
        expand(
            result("figures/stitching/{stitching}/convergence.png"),
            stitching=experiments_with_convergence(),
        ),
        expand(
            result("figures/stitching/{stitching}/stitches.png"),
            stitching=config["stitching"]["experiments"],
        ),
