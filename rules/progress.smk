# What is told of a run while it lasts and at its end: workflow/run.py shows it, a bare snakemake the failures alone.
import sys

from running.events import Watcher

watcher = Watcher(workflow)


onstart:
    watcher.start(config)


onerror:
    print(watcher.summary(), file=sys.stderr)
