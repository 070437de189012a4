# What all rules share: configuration, paths of results, code fingerprints, resources by attempt.
import os
import re
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from alternatives import one_of
from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)

# Jobs find the library beside the Snakefile, in whichever environment they run; a link to one stands for it, since
# machine code is kept for the folder that its sources are in.
SOURCES = str((ROOT / "src").resolve())
sys.path.insert(0, SOURCES)
os.environ.update(
    PYTHONPATH=os.pathsep.join([SOURCES, os.environ.get("PYTHONPATH", "")])
)

from rote.code import fingerprint
from rote.config.files import load, places
from rote.config.outside import check_files, expanded
from rote.config.validation import completed, resolved
from rote.contents import remembered_digest
from rote.errors import ConfigError, RoteError

AS_THEY_LIE = {"verify", "collect_timings"}  # targets that take results as they lie


def check_machine():
    """Stop where no job could start or leave its results, and say what to do."""
    if re.search(r"""[\s"'\\$`&;|<>(){}*?\[\]!#]""", sys.executable):
        raise WorkflowError(
            f"Python lies at {sys.executable}: Snakemake starts no job by a path with a space or a sign of the shell's. "
            "Move the environment to a path of letters, digits, -, _ and dots."
        )
    if not os.access(".", os.W_OK):
        raise WorkflowError(
            f"{Path.cwd()} cannot be written to, and results would lie there: name a folder that can, with --directory."
        )


check_machine()


def use_config(given):
    """Check the configuration, the embedded demo's where none is given, before any rule looks at it."""
    try:
        files = workflow.configfiles if workflow.is_main_process else ()
        lines = {key: place for file in files for key, place in places(file).items()}
        whole = completed(given, default=load(ROOT / "config/demo.yaml"))
        whole = expanded(resolved(whole, lines))
        # A job on a node reads the configuration again, and the reviewer has results without what they were made from.
        if workflow.is_main_process and AS_THEY_LIE.isdisjoint(sys.argv):
            check_files(whole, planned=workflow.output_settings.dryrun)
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    given.clear()
    given.update(whole)


use_config(config)


def result(path):
    """Path of a result; its wildcards stay open."""
    return f"results/{config['name']}/{path}"


def log_of(path):
    return result(f"logs/{path}.log")


def benchmark_of(path):
    return result(f"benchmarks/{path}.tsv")


def as_written(value):
    """Text or number of the configuration in a caption: without backslashes, a mark of punctuation would be markup."""
    return re.sub(r"([^\w\s]|_)", r"\\\1", " ".join(str(value).split()))


internals.add_caption_filter(as_written)


def code_with(script, *modules):
    """Fingerprint of a script in workflow/scripts and of every module of rote that it uses."""
    return fingerprint(ROOT / "workflow/scripts" / f"{script}.py", *modules)


def code_of(script):
    """The same for a job, when it is planned: a start that plans one job reads the code of that one alone."""

    def of_job(wildcards):
        return code_with(script)

    return of_job


def memory(megabytes):
    """Memory request that doubles with every attempt."""

    def by_attempt(wildcards, attempt):
        return megabytes * 2 ** (attempt - 1)

    return by_attempt


def minutes(number):
    """Runtime request that doubles with every attempt; what resumes from a state asks for the same each time."""

    def by_attempt(wildcards, attempt):
        return number * 2 ** (attempt - 1)

    return by_attempt
