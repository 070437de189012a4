"""Check a configuration file without starting Snakemake: ``python -m rote.config my.yaml``."""

import sys

from rote.config.files import load, places
from rote.config.reference import ROOT
from rote.config.validation import completed, resolved
from rote.errors import ConfigError


def main(paths: list[str]) -> int:
    """Say of every file whether it can be used, and if not, what is wrong with it.

    Parameters
    ----------
    paths : list of str
        Configuration files.

    Returns
    -------
    int
        The exit status: 0 where all can be used.
    """
    faulty = False
    for path in paths:
        try:
            resolved(completed(load(path), load(ROOT / "config/demo.yaml")), places(path))
            print(f"{path} can be used.")
        except ConfigError as error:
            faulty = True
            print(f"{path}: {error}", file=sys.stderr)
    return int(faulty)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
