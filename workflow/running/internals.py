"""What this workflow uses of Snakemake beyond its documented language: the table, its check, and what is replaced.

Snakemake changes these names without notice. A version that nobody has tried could plan other jobs than are meant, so
that it is refused, and a name that is lacking is named before any rule is read.
"""

import importlib
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import snakemake
from packaging.specifiers import SpecifierSet
from snakemake.exceptions import WorkflowError

SUPPORTED = ">=9.27,<9.28"
REMEDY = "Install the version of envs/requirements.lock"

# By "module:name", the attributes used; imported only to be checked, as another version may lack the module itself.
USED: dict[str, tuple[str, ...]] = {
    "snakemake.api:SnakemakeApi": (),  # the first: it imports the others in an order that they bear
    "snakemake.api:WorkflowApi": ("_workflow", "dag"),
    "snakemake.cli:parse_args": (),
    "snakemake.cli:parse_config": (),
    "snakemake.dag:DAG": ("bfs", "dependencies", "jobid", "jobs", "needrun_jobs", "reason"),
    "snakemake.exceptions:WorkflowError": (),
    "snakemake.exceptions:print_exception": (),
    "snakemake.io:regex_from_filepattern": (),
    "snakemake.io:strip_wildcard_constraints": (),
    "snakemake.jobs:Job": (
        *("attempt", "benchmark", "is_norun", "log", "output", "params", "resources", "restart_times"),
        *("rule", "wildcards_dict"),
    ),
    "snakemake.jobs:Reason": ("incomplete_output", "missing_output", "updated_input"),
    "snakemake.logging:logger": ("addHandler",),
    "snakemake.persistence:ParamsChange": ("only_new", "only_old"),
    "snakemake.persistence:PersistenceBase": ("input_changed", "params_changed", "software_stack_changed"),
    "snakemake.rules:Rule": ("benchmark", "input", "name", "norun", "output", "resources", "script"),
    "snakemake.scheduling.job_scheduler:JobScheduler": ("_open_jobs", "_schedule_reevalutation"),
    "snakemake.settings.types:ConfigSettings": (),
    "snakemake.settings.types:DAGSettings": ("targets",),
    "snakemake.settings.types:DeploymentSettings": (),
    "snakemake.settings.types:OutputSettings": ("dryrun",),
    "snakemake.settings.types:Quietness": ("ALL",),
    "snakemake.settings.types:ResourceSettings": (),
    "snakemake.workflow:Workflow": (
        *("_build_dag", "_prepare_dag", "basedir", "config", "configfiles", "dag", "dag_settings", "default_target"),
        *("global_resources", "is_main_process", "local_exec", "output_settings", "persistence", "rules"),
    ),
    "snakemake_interface_logger_plugins.common:LogEvent": ("ERROR", "JOB_ERROR", "JOB_FINISHED", "JOB_STARTED"),
    "jinja2.defaults:DEFAULT_FILTERS": (),  # captions are rendered by templates that take these
}


def check(used: Mapping[str, Sequence[str]] = USED) -> None:
    """Stop where this Snakemake is not one that the workflow was made for.

    Parameters
    ----------
    used : mapping
        Attributes by "module:name" of what has them.

    Raises
    ------
    WorkflowError
        If the version lies outside of `SUPPORTED`, or something that is used is not there.
    """
    if not SpecifierSet(SUPPORTED).contains(snakemake.__version__, prereleases=True):
        raise WorkflowError(
            f"Snakemake {snakemake.__version__} is installed, and this workflow uses internals of {SUPPORTED}. "
            f"{REMEDY}, or try the new one: SUPPORTED in workflow/running/internals.py, and `make test`."
        )
    absent = [name for place, attributes in used.items() for name in lacking(place, attributes)]
    if absent:
        raise WorkflowError(
            f"Snakemake {snakemake.__version__} lacks {', '.join(absent)}. "
            f"{REMEDY}, or adapt workflow/running/internals.py and what uses these names."
        )


def lacking(place: str, attributes: Sequence[str]) -> list[str]:
    """Which of these attributes the object at "module:name" lacks; the place itself where it is not there."""
    module, name = place.split(":")
    try:
        holder = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return [f"{module}.{name}"]
    # What an object gets when it is made is no attribute of its class.
    made = (getattr(getattr(holder, method, None), "__code__", None) for method in ("__init__", "__post_init__"))
    known = set(dir(holder)).union(*(code.co_names for code in made if code))
    return [f"{name}.{attribute}" for attribute in attributes if attribute not in known]


def add_caption_filter(function: Callable[[str], str]) -> None:
    """Let the report's captions use a function by its name: Snakemake gives their templates no other way to one."""
    from jinja2.defaults import DEFAULT_FILTERS

    DEFAULT_FILTERS[function.__name__] = function


def replace_timer() -> None:
    """Let Snakemake's scheduling loop wait by `wake_once`, while thousands of jobs are ready."""
    from snakemake.scheduling.job_scheduler import JobScheduler

    JobScheduler._schedule_reevalutation = wake_once


def wake_once(scheduler: Any, delay: float) -> None:
    """Turn the scheduling loop again after a delay (s), unless a timer will do so already.

    Snakemake 9.27 starts a timer in every turn, and every job that finishes adds a turn, so that timers add up as long
    as jobs are ready: after 200 of 1,000 the loop turns without pause and keeps half a core busy for as long as the
    others take (snakemake/snakemake#2354, #3744).
    """

    def wake() -> None:
        scheduler.is_waiting = False
        scheduler._open_jobs.release()

    if not getattr(scheduler, "is_waiting", False):
        scheduler.is_waiting = True
        threading.Timer(delay, wake).start()
