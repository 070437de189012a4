"""What surrounds the work of one job: its seeds, device and provenance; its log and its one clear error."""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rote import devices
from rote.errors import RoteError
from rote.files import clear_unfinished
from rote.seeds import Seeds

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Job(Seeds):
    """The context of one job: whatever writes a table takes it.

    Attributes
    ----------
    study_seed, seed_key
        See `Seeds`.
    threads : int
        On the CPU, or processes where work is divided among them.
    provenance : mapping
        Where the job's tables come from: rule, script, inputs, outputs, parameters (the code's fingerprint among them),
        wildcards and log, enough to run it again. Paths are those of the workflow, relative to its folder, and nothing
        is of the moment, so that a repeated, moved or killed job writes the same bytes.
    """

    threads: int = 1
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def for_part(self, part: str, **more: Any) -> "Job":
        """Context of one of several things that the job makes.

        Parameters
        ----------
        part : str
            Its name follows the key of the seeds, after a comma.
        more
            What provenance says of it.
        """
        return replace(self, seed_key=self.within(part).seed_key, provenance={**self.provenance, **more})

    @cached_property
    def device(self) -> "torch.device":
        """The processor to compute on, picked when first asked for."""
        return devices.pick(self.threads)

    def __getstate__(self) -> dict[str, Any]:
        """All but the device: picking sets the threads of a process, so another process picks its own."""
        return {name: value for name, value in self.__dict__.items() if name != "device"}

    def recorded(self, **more: Any) -> dict[str, Any]:
        """Metadata for the job's tables.

        Parameters
        ----------
        more
            What else the table is to say of its origin.

        Returns
        -------
        dict
            Provenance and `depends_on`.
        """
        return {**self.provenance, **self.depends_on(**more)}

    def depends_on(self, **more: Any) -> dict[str, Any]:
        """What the job's results depend on beside its inputs and packages.

        Parameters
        ----------
        more
            What else they depend on.

        Returns
        -------
        dict
            Parameters, the code's fingerprint among them; the seed and its key, of a job that draws; device and number
            of threads, once a device was asked for. Elsewhere no result depends on the number of threads.
        """
        found = {"params": self.provenance["params"]} if "params" in self.provenance else {}
        if self.study_seed is not None:
            found |= {"study_seed": self.study_seed, "seed_key": self.seed_key}
        if "device" in self.__dict__:
            found |= {"device": devices.describe(self.device), "threads": self.threads}
        return {**found, **more}

    @property
    def code(self) -> str:
        """Fingerprint of the job's code, empty where none is on record."""
        return str(self.provenance.get("params", {}).get("code", ""))


class Description(Protocol):
    """What a workflow says of a job; Snakemake's object of a script has this form."""

    rule: str
    input: Any
    output: Any
    params: Mapping[str, Any]
    wildcards: Mapping[str, str]
    threads: int
    log: Sequence[str]


@contextmanager
def job(description: Description, script: str) -> Iterator[Job]:
    """Send standard error (progress, warnings) to a job's log, and its one clear error to the screen too.

    Parameters
    ----------
    description : Description
        The job's rule, files, parameters, wildcards, threads and its one log file. Its seed and the key of its seeds
        are the parameters ``study_seed`` and ``seed_key``.
    script : str
        The script's own file.

    Yields
    ------
    Job

    Raises
    ------
    SystemExit
        With status 1 after a `RoteError`, whose message stands alone on the screen and in the log. Any other
        exception is a fault of the code: it goes on its way with its traceback, which stands in the log too.
    """
    atexit.register(gc.freeze)  # the end of a process then looks no library through for garbage: half a second of torch
    log = Path(description.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    screen = os.dup(2)
    with log.open("w", buffering=1, encoding="utf-8") as file:
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            for path in description.output:  # no other job writes them
                clear_unfinished(path)
            yield _context(description, script)
        except RoteError as error:
            message = f"Error: {error}\n"
            file.write(message)
            os.write(screen, message.encode())
            raise SystemExit(1) from None
        except Exception:
            file.write(traceback.format_exc())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(screen, 2)
            os.close(screen)


def _context(description: Description, script: str) -> Job:
    params = dict(description.params.items())
    provenance = {
        "rule": description.rule,
        "script": Path(script).stem,
        "input": _by_name(description.input),
        "output": _by_name(description.output),
        "params": params,
        "wildcards": dict(description.wildcards.items()),
        "log": [str(path) for path in description.log],
    }
    return Job(params.get("study_seed"), params.get("seed_key", ""), description.threads, provenance)


def _by_name(files: Any) -> dict[str, str | list[str]]:
    """Paths by name; those without a name, which come first, by their place."""
    named = {
        name: str(found) if isinstance(found, str | Path) else [str(path) for path in found]
        for name, found in files.items()
    }
    n_named = sum(1 if isinstance(found, str) else len(found) for found in named.values())
    return {str(place): str(path) for place, path in enumerate(list(files)[: len(files) - n_named])} | named
