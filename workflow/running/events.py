"""What Snakemake knows of its run, as messages to the one who started it.

What this uses of Snakemake stands in `running.internals`.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakemake.jobs import Job
from snakemake.logging import logger
from snakemake.workflow import Workflow
from snakemake_interface_logger_plugins.common import LogEvent

from running.durations import Measured
from running.failures import Failure, failure, summary
from running.predictions import predicted

PIPE = "ROTE_EVENTS"  # the environment's name for the number of the pipe's open file


class Watcher(logging.Handler):
    """Hears what Snakemake logs, remembers the jobs that failed, and passes it on, one JSON object a line.

    Parameters
    ----------
    workflow : Workflow
    """

    def __init__(self, workflow: Workflow) -> None:
        super().__init__(logging.INFO)
        self.workflow = workflow
        self.jobs: dict[int, Job] = {}
        self.failed: dict[int, Failure] = {}
        self._results: Path | None = None
        self._logs: dict[int, int | None] = {}
        # Jobs inherit the environment, but not the pipe.
        number = os.environ.pop(PIPE, None)
        self._pipe = os.fdopen(int(number), "w", buffering=1, encoding="utf-8") if number else None
        if workflow.is_main_process:
            logger.addHandler(self)

    def read(self, results: str) -> None:
        """Take in where results lie, once the configuration has been read."""
        self._results = Path(results).absolute()

    def start(self, config: Mapping[str, Any]) -> None:
        """Say what is going to run, before it does."""
        dag, measured = self.workflow.dag, Measured(config["name"])
        self.jobs = {dag.jobid(job): job for job in dag.needrun_jobs() if not job.is_norun}
        capacity = _capacity(self.workflow)
        on_gpu = not self.workflow.local_exec or "gpu" in capacity
        self.tell(capacity=capacity)
        for number, job in self.jobs.items():
            after = [dag.jobid(before) for before in dag.dependencies[job]]
            seconds, basis = predicted(job, measured, config, on_gpu)
            self.tell(
                job=number,
                rule=job.rule.name,
                name=_name(job),
                seconds=seconds,
                basis=basis,
                needs=_needs(job),
                after=[before for before in after if before in self.jobs],
                benchmark=str(Path(job.benchmark).absolute()) if job.benchmark else None,
                output=str(job.output[0]) if job.output else None,
            )

    def emit(self, record: logging.LogRecord) -> None:
        """Pass on what a record says of a job, and errors."""
        try:
            self._hear(record)
        except BrokenPipeError:  # whoever started this has gone; the run itself goes on
            self._pipe = None
        except Exception:
            self.handleError(record)

    def tell(self, **message: object) -> None:
        """Write one message, where someone listens."""
        if self._pipe:
            self._pipe.write(json.dumps(message) + "\n")

    def summary(self) -> str:
        """The jobs that failed in the end, with what they said; empty where none did."""
        return summary(list(self.failed.values())) if self.failed else ""

    def close(self) -> None:
        """Close the pipe with the log."""
        if self._pipe:
            self._pipe.close()
            self._pipe = None
        super().close()

    def _hear(self, record: logging.LogRecord) -> None:
        event, said = getattr(record, "event", None), vars(record)
        dag_settings = self.workflow.dag_settings  # not known yet while the rules are read
        if self._results and dag_settings and not self.workflow.output_settings.dryrun:
            self.tell(results=str(self._results), whole=not dag_settings.targets)
            self._results = None
        if event == LogEvent.JOB_STARTED:
            numbers = [number for number in said["jobs"] if number in self.jobs]
            self._logs.update({number: _written(self.jobs[number]) for number in numbers})
            self.tell(started=numbers)
        elif event == LogEvent.JOB_FINISHED:
            self.failed.pop(said["job_id"], None)
            self.tell(finished=said["job_id"])
        elif event == LogEvent.JOB_ERROR and said["jobid"] in self.jobs:
            number = said["jobid"]
            job = self.jobs[number]
            fresh = _written(job) != self._logs.get(number)
            self.failed[number] = failure(_name(job), list(said["log"]), fresh, said["rule_msg"])
            self.tell(failed=number, again=job.restart_times > job.attempt - 1, **vars(self.failed[number]))
        elif event == LogEvent.ERROR or (event is None and record.levelno >= logging.WARNING):
            self.tell(error=record.getMessage(), level=record.levelno)


def _name(job: Job) -> str:
    return " ".join([job.rule.name, *map(str, job.wildcards_dict.values())])


def _needs(job: Job) -> dict[str, int]:
    found = {name: job.resources.get(name) for name in ("_cores", "_nodes", "gpu")}
    return {name: amount for name, amount in found.items() if isinstance(amount, int) and amount}


def _capacity(workflow: Workflow) -> dict[str, int]:
    found = {name: getattr(amount, "value", amount) for name, amount in workflow.global_resources.items()}
    return {name: amount for name, amount in found.items() if isinstance(amount, int) and amount < sys.maxsize}


def _written(job: Job) -> int | None:
    """When a job's log was last written, in nanoseconds."""
    try:
        return Path(job.log[0]).stat().st_mtime_ns
    except (IndexError, OSError):
        return None
