"""How long a job will take, by what is known of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake.jobs import Job

from running.durations import Measured


def predicted(job: Job, measured: Measured, config: Mapping[str, Any], on_gpu: bool) -> tuple[float | None, str]:
    """A job's time in seconds, and on what that rests.

    Parameters
    ----------
    job : Job
    measured : Measured
        Times of the study's earlier jobs.
    config : mapping
        The whole configuration, for the cost model.
    on_gpu : bool
        Whether jobs that can use a GPU find one: the cost model says nothing of others.

    Returns
    -------
    seconds : float or None
    basis : str
        "measured" (the same job, or else the median of its rule's), "model" (the cost model of docs/scale.md) or
        "unknown".
    """
    same = measured.of_job(Path(job.benchmark)) if job.benchmark else None
    seconds = same if same is not None else measured.of_rule(job.rule.name)
    if seconds is not None:
        return seconds, "measured"
    if on_gpu and "gpu" in job.rule.resources:
        # It loads PyTorch, which most runs do without.
        from cost import gpu_seconds

        by_model = gpu_seconds(job.rule.name, job.wildcards_dict, dict(job.params.items()), config)
        if by_model is not None:
            return by_model, "model"
    return None, "unknown"
