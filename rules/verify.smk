# The reviewer's route: a sample of what lies in the results is computed again. Not part of `all`.


include: "jobs_of_results.smk"


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
        jobs=jobs_of_results,
        results=result(""),
        verification=config["verification"],
        study_seed=config["seed"],
    script:
        "../workflow/scripts/verify.py"
