# Paper 2, manifold capacity: capacity, radius, dimension and centre correlation of classes, layer by layer.


include: "look_ups/capacity.smk"


rule measure_capacity:
    input:
        result("representations/{set}/{run}.parquet"),
    output:
        capacities=result("geometry/{set}/{run}/capacities.parquet"),
        manifolds=result("geometry/{set}/{run}/manifolds.parquet"),
    log:
        log_of("measure_capacity/{set}/{run}"),
    benchmark:
        benchmark_of("measure_capacity/{set}/{run}")
    conda:
        "../envs/numerics.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000),
        runtime=minutes(60),
    params:
        code=code_of("measure_capacity"),
        options=config["geometry"]["capacity"],
        seed_key="{run}",
        study_seed=config["seed"],
    script:
        "../workflow/scripts/measure_capacity.py"
