# What every rule shares: the configuration, paths of results, code fingerprints, resources by attempt.
import os
import re
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)

# Jobs find the library beside the Snakefile, in whichever environment they run.
sys.path.insert(0, str(ROOT / "src"))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
)

from rote.config.validation import completed, load, validate
from rote.errors import ConfigError
from rote.provenance import fingerprint


def use_config(given):
    """Check the configuration, the embedded demo's where none is given, before any rule looks at it."""
    try:
        whole = completed(given, default=load(ROOT / "config/demo.yaml"))
        validate(whole, load(ROOT / "config/schema/config.schema.yaml"))
    except ConfigError as error:
        raise WorkflowError(str(error)) from None
    given.update(whole)


use_config(config)


def result(path):
    """Path of a result; its wildcards stay open."""
    return f"results/{config['name']}/{path}"


def log_of(path):
    return result(f"logs/{path}.log")


def benchmark_of(path):
    return result(f"benchmarks/{path}.tsv")


def one_of(names):
    """Wildcard constraint: one of these names; none matches where there is none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def code_of(script, *modules):
    """Fingerprint of a script in workflow/scripts and of every module of rote that it uses."""
    return fingerprint(ROOT / "workflow/scripts" / f"{script}.py", *modules)


def run_of(wildcards):
    return config["runs"][wildcards.run]


def memory(megabytes):
    """Memory request that doubles with every attempt."""

    def by_attempt(wildcards, attempt):
        return megabytes * 2 ** (attempt - 1)

    return by_attempt


def minutes(number):
    """Runtime request that doubles with every attempt."""

    def by_attempt(wildcards, attempt):
        return number * 2 ** (attempt - 1)

    return by_attempt
