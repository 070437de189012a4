# The jobs that made what lies in the results, for the reviewer's route.
from snakemake.iocontainers import Wildcards

# They read what lies outside the results: nothing of theirs is done again.
FROM_OUTSIDE = (
    "fetch_dataset",
    "fetch_weights",
    "convert_dataset",
    "adopt_published_scores",
)


def jobs_of_results(wildcards):
    """The jobs that made the tables that lie in the results, whether or not they are up to date."""
    jobs = {}
    for path in sorted(map(str, Path(result("")).rglob("*.parquet"))):
        for maker in workflow.rules:
            if maker.name not in FROM_OUTSIDE and maker.is_producer(path):
                found = maker.get_wildcards(path)
                jobs[(maker.name, *sorted(found.items()))] = described_job(maker, found)
    return list(jobs.values())


def described_job(rule, wildcards):
    """A job as its script sees it, and how long it took."""
    files, _, _, _ = rule.expand_input(wildcards)
    output, _ = rule.expand_output(wildcards)
    params, _ = rule.expand_params(wildcards, files, output, None)
    benchmark = Path(rule.expand_benchmark(wildcards))
    return {
        "rule": rule.name,
        "script": str(ROOT / "workflow/scripts" / Path(rule.script).name),
        "input": files._plainstrings(),
        "output": output._plainstrings(),
        "params": params,
        "wildcards": Wildcards(fromdict=wildcards),
        "log": [str(path) for path in rule.expand_log(wildcards)],
        "threads": rule.resources["_cores"].value,
        "seconds": (
            float(benchmark.read_text(encoding="utf-8").split("\n")[1].split()[0])
            if benchmark.is_file()
            else None
        ),
        "gpu": "gpu" in rule.resources,
    }
