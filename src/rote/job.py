"""What surrounds the work of one job: its log, its provenance, its one clear error."""

import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rote.errors import RoteError


class Description(Protocol):
    """What a workflow says of a job; Snakemake's object of a script has this form."""

    rule: str
    log: Sequence[str]
    params: Mapping[str, Any]
    wildcards: Mapping[str, str]


@contextmanager
def job(description: Description) -> Iterator[dict[str, Any]]:
    """Send standard error (progress, warnings) to a job's log, and its one clear error to the screen too.

    Parameters
    ----------
    description : Description
        The job's rule, its one log file, its parameters and wildcards.

    Yields
    ------
    dict
        Provenance for the tables that the job writes: rule, wildcards and parameters, the code's fingerprint
        among them.

    Raises
    ------
    SystemExit
        With status 1 after a `RoteError`, whose message stands alone on the screen and in the log. Any other
        exception is a fault of the code: it goes on its way with its traceback, which stands in the log too.
    """
    log = Path(description.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    screen = os.dup(2)
    with log.open("w", buffering=1, encoding="utf-8") as file:
        sys.stderr.flush()
        os.dup2(file.fileno(), 2)
        try:
            yield {
                "rule": description.rule,
                "wildcards": dict(description.wildcards.items()),
                "params": dict(description.params.items()),
            }
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
