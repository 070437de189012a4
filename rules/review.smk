# The reviewer's route: a sample of what lies in the results is computed again. Not part of `all`.


include: "look_ups/review.smk"


# It declares no input, output or benchmark: it takes the results as they lie, starts no job of theirs, and always runs.
rule verify:
    log:
        log_of("verify"),
    conda:
        "../envs/review.yaml"
    threads: 1
    resources:
        mem_mb=memory(8000),
        runtime=minutes(30),
    params:
        results=result(""),
        rules=makers_of_tables,
        verification=config["verification"],
        study_seed=config["seed"],
    script:
        "../workflow/scripts/verify.py"


# As `verify`: it takes the benchmark files as they lie. `snakemake collect_timings` once the study has run.
rule collect_timings:
    log:
        log_of("collect_timings"),
    conda:
        "../envs/numerics.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=code_of("collect_timings"),
        results=result(""),
    script:
        "../workflow/scripts/collect_timings.py"
