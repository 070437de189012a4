"""Run the study with one line of progress, its failures by name, and a report: `python workflow/run.py …`.

Takes Snakemake's own options (`--profile`, `--configfile`, targets and so on). All that Snakemake says goes into a log.
"""

import argparse
import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))  # where the library is not installed

from running.failures import described, summary
from running.screen import Screen
from running.state import Run

from rote.config.files import load
from rote.errors import ConfigError

PIPE = "ROTE_EVENTS"  # see running.events, which would load Snakemake
INTERRUPTED = 130  # exit status of what Ctrl-C stopped
N_LAST = 15  # lines of the log that are shown where nothing else is known


def run(arguments: Sequence[str], log: TextIO, screen: Screen) -> tuple[Run, int, bool]:
    """Run Snakemake and show how far it is.

    Parameters
    ----------
    arguments : sequence of str
        Snakemake's.
    log : TextIO
        Takes all that Snakemake and the jobs write.
    screen : Screen

    Returns
    -------
    known : Run
    status : int
        Snakemake's exit status.
    interrupted : bool
        Whether a signal asked for an end.
    """
    known, reading, writing = Run(), *os.pipe()
    with _stoppable(screen) as stopping:
        child = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=[writing],
            env={**os.environ, PIPE: str(writing)},
        )
        stopping.child = child
        os.close(writing)
        for message in _messages(reading, child):
            if message:
                known.hear(message)
            if "failed" in message and not stopping.asked:
                again = "\n    it is tried again" if message["again"] else ""
                screen.say(f"Failed:\n{described([known.failed[message['failed']]])}{again}")
            screen.show((lambda: "stopping …") if stopping.asked else known.line)
        status = child.wait()
    return known, status, stopping.asked


class _Stopping:
    child: subprocess.Popen[bytes] | None = None
    asked = False


@contextmanager
def _stoppable(screen: Screen) -> Iterator[_Stopping]:
    """Outlive what stops Snakemake, to say how far it came. A terminal sends Ctrl-C to both; the rest is passed on."""
    state = _Stopping()

    def stop(number: int, _: object) -> None:
        if not state.asked:
            screen.say("Stopping: what is done stays, and the same call goes on from there.")
        state.asked = True
        if state.child and number != signal.SIGINT:
            state.child.send_signal(number)

    former = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield state
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _messages(reading: int, child: subprocess.Popen[bytes]) -> Iterator[dict]:
    """Messages from a pipe until its other end is closed; an empty one a second where nothing is said."""
    rest = b""
    with open(reading, "rb", buffering=0) as pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=1):
                yield {}
                if child.poll() is not None:
                    return
                continue
            block = pipe.read(1 << 16)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            yield from map(json.loads, lines)


def report(known: Run, path: Path, arguments: Sequence[str], log: TextIO) -> bool:
    """Write the report of all that is done, and say whether that went well."""
    omitted, unfinished = known.omitted(), path.with_name(".report.html")
    command = [*(["--omit-from", *omitted] if omitted else []), "--report", str(unfinished), *arguments]
    done = subprocess.run([sys.executable, "-m", "snakemake", *command], stdout=log, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        unfinished.replace(path)
    unfinished.unlink(missing_ok=True)
    return done.returncode == 0


def outcome(known: Run, status: int, interrupted: bool, log: Path) -> str:
    """What came of a run, in words."""
    n_done, n_jobs, n_failed = len(known.done), len(known.jobs), len(known.failed)
    if interrupted:
        return f"Stopped with {n_done} of {n_jobs} jobs done."
    if known.results is None and not status:  # it was asked for something else, such as a plan
        return log.read_text(encoding="utf-8", errors="replace")
    if known.capacity is None:
        said = "\n".join(known.errors) or _end_of(log)
        return said if status else "Nothing to do: every result is up to date."
    if not status:
        return "\n".join([*known.notes, *([f"All {n_jobs} jobs are done."] if known.jobs else [])])
    if not known.failed:
        return f"Snakemake stopped with {n_done} of {n_jobs} jobs done:\n" + ("\n".join(known.errors) or _end_of(log))
    waiting = f", {n_jobs - n_done - n_failed} wait for them" if n_jobs > n_done + n_failed else ""
    return (
        f"{summary(list(known.failed.values()))}\n\n{n_done} of {n_jobs} jobs are done and stay as they are{waiting}."
    )


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-N_LAST:])


def main(arguments: Sequence[str]) -> int:
    """Run, report, and tell what came of it.

    Returns
    -------
    int
        Snakemake's exit status; 130 where it was interrupted; 1 where the report cannot be written.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-d", "--directory", type=Path, default=Path())
    parser.add_argument("--configfile", "--configfiles", type=Path, nargs="+", default=[])
    given, _ = parser.parse_known_args(list(arguments))
    folder = given.directory
    path = folder / f".snakemake/log/{datetime.now():%Y-%m-%dT%H%M%S.%f}.run.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    screen = Screen(sys.stderr)
    try:
        for file in given.configfile:
            load(file)  # Snakemake, which reads it first, does not say where a file is no YAML
    except ConfigError as error:
        screen.say(str(error))
        return 1
    screen.say(f"All that Snakemake says goes to {path}")
    with path.open("w", encoding="utf-8") as log:
        known, status, interrupted = run(arguments, log, screen)
        screen.say(outcome(known, status, interrupted, path))
        if interrupted:
            return INTERRUPTED
        begun = known.capacity is not None or not status
        if not begun or known.results is None or not known.whole or not any(known.results.glob("figures/**/*.svg")):
            return status
        screen.say("Writing the report …")
        try:
            written = report(known, known.results / "report.html", arguments, log)
        except KeyboardInterrupt:
            return INTERRUPTED
        if not written:
            screen.say(f"The report cannot be written:\n{_end_of(path)}")
            return status or 1
    screen.say(f"Report{' of what is done' if known.failed else ''}: {known.results / 'report.html'}")
    screen.say(f"Figures: {known.results / 'figures'}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
