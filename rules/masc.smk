# Paper 4, latent generalization: classes as subspaces of a network's layers, and classification by the smallest angle.


include: "look_ups/masc.smk"


wildcard_constraints:
    latent=one_of(config["masc"]["experiments"]),
    retrained=one_of(relabellings()),


rule split_test:
    input:
        result("data/{dataset}/test.parquet"),
    output:
        result("masc/test_parts/{dataset}.parquet"),
    log:
        log_of("split_test/{dataset}"),
    benchmark:
        benchmark_of("split_test/{dataset}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("split_test"),
        share=config["masc"]["selection_share"],
        seed_key="{dataset}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/split_test.py"


rule measure_subspaces:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        labels=run_labels,
        test_parts=run_test_parts,
        reversed_labels=reversed_labels,
        lent=result("runs/{run}/lent/subspaces.txt"),
    output:
        accuracy=result("masc/{run}/accuracy.parquet"),
        predictions=result("masc/{run}/predictions.parquet"),
        sizes=result("masc/{run}/sizes.parquet"),
        angles=result("masc/{run}/angles.parquet"),
        examples=result("masc/{run}/examples.parquet"),
    log:
        log_of("measure_subspaces/{run}"),
    benchmark:
        benchmark_of("measure_subspaces/{run}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(120),
    params:
        code=run_code("measure_subspaces"),
        how=how_subspaces,
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/measure_subspaces.py"


rule plot_subspaces:
    input:
        accuracy=of_latent_experiment("masc/{run}/accuracy.parquet"),
        sizes=of_latent_experiment("masc/{run}/sizes.parquet"),
        history=of_latent_experiment("runs/{run}/history.parquet"),
    output:
        accuracies=report(
            result("figures/masc/{latent}/accuracies.png"),
            caption="../workflow/report/subspace_accuracies.rst",
            category="Latent generalization",
            subcategory="{latent}",
            labels={
                "figure": "accuracy of class subspaces, layer by layer (Figs 2, 3, F12, F13)"
            },
        ),
        sizes=report(
            result("figures/masc/{latent}/sizes.png"),
            caption="../workflow/report/subspace_sizes.rst",
            category="Latent generalization",
            subcategory="{latent}",
            labels={"figure": "components of class subspaces (Figs F15, F17)"},
        ),
        vector=multiext(result("figures/masc/{latent}/"), "accuracies.svg", "sizes.svg"),
    log:
        log_of("plot_subspaces/{latent}"),
    benchmark:
        benchmark_of("plot_subspaces/{latent}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_subspaces"),
        title=latent_title,
    script:
        "../workflow/scripts/plot_subspaces.py"


rule relabel:
    input:
        accuracy=result("masc/{run}/accuracy.parquet"),
        predictions=result("masc/{run}/predictions.parquet"),
        labels=run_labels,
    output:
        labels=result("masc/{run}/relabelled/{retrained}.parquet"),
        counts=result("masc/{run}/relabelling/{retrained}.parquet"),
    log:
        log_of("relabel/{run}/{retrained}"),
    benchmark:
        benchmark_of("relabel/{run}/{retrained}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("relabel"),
        how=how_relabelled,
        study_seed=config["seed"],
    script:
        "../workflow/scripts/relabel.py"


# The last checkpoint is never dropped, so no token: no other is read. All labels share a key, and so the images' order.
rule retrain_network:
    input:
        checkpoints=result("runs/{run}/checkpoints.parquet"),
        train=run_images("train"),
        test=run_images("test"),
        labels=retraining_labels,
        test_parts=run_test_parts,
    output:
        result("masc/{run}/retrained/{retrained}.parquet"),
    log:
        log_of("retrain_network/{run}/{retrained}"),
    benchmark:
        benchmark_of("retrain_network/{run}/{retrained}")
    conda:
        "../envs/training.yaml"
    threads: 1
    resources:
        gpu=1,
        mem_mb=memory(8000),
        runtime=minutes(120),
    params:
        code=run_code("retrain_network"),
        spec=retraining_spec,
        patience=config["masc"]["retraining"]["patience"],
        short=config["masc"]["retraining"]["short"],
        seed_key="{run}, retraining",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/retrain_network.py"


rule plot_retraining:
    input:
        retrained=retrained_of_experiment("retrained", relabellings()),
        counts=retrained_of_experiment("relabelling", config["masc"]["labellings"]),
        accuracy=of_latent_experiment("masc/{run}/accuracy.parquet"),
    output:
        figure=report(
            result("figures/masc/{latent}/retraining.png"),
            caption="../workflow/report/retraining.rst",
            category="Latent generalization",
            subcategory="{latent}",
            labels={
                "figure": "training on labels that subspaces give (Figs 4, F27-F31)"
            },
        ),
        vector=result("figures/masc/{latent}/retraining.svg"),
    log:
        log_of("plot_retraining/{latent}"),
    benchmark:
        benchmark_of("plot_retraining/{latent}")
    conda:
        "../envs/figures.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=code_of("plot_retraining"),
        title=latent_title,
    script:
        "../workflow/scripts/plot_retraining.py"


rule judge_subspaces:
    input:
        predictions=of_latent_experiment("masc/{run}/predictions.parquet"),
        examples=of_latent_experiment("masc/{run}/examples.parquet"),
        retrained=retrained_where_asked,
    output:
        result("claims/masc/{latent}.parquet"),
    log:
        log_of("judge_subspaces/{latent}"),
    benchmark:
        benchmark_of("judge_subspaces/{latent}")
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(20),
    params:
        code=code_of("judge_subspaces"),
        scope=latent_title,
    script:
        "../workflow/scripts/judge_subspaces.py"


rule masc:
    input:
        latent_figures(),
        retraining_figures(),
