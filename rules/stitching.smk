# Paper 3, stitching: the front of one network, the tail of another, and a trained stitch between them.


include: "look_ups/stitching.smk"


wildcard_constraints:
    stitching=one_of(config["stitching"]["experiments"]),
    repetition=one_of(repetition_names()),
    into=one_of(all_tails()),


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
        all_stitches,
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


rule stitching:
    input:
        expand(
            result("figures/stitching/{stitching}/stitches.png"),
            stitching=config["stitching"]["experiments"],
        ),
