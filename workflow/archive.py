"""Freeze a study's results in one file, and read them back: `python workflow/archive.py write results/demo demo.zip`.

`read demo.zip` checks every file before it places any; then `snakemake` finds nothing to do, and what is cheap can be
changed and run again without the networks.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from rote.errors import RoteError
from rote.files import checksum
from rote.review.archive import read_archive, write_archive


def main() -> None:
    """Write or read an archive, in the folder in which Snakemake runs."""
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="freeze the results of a finished study")
    write.add_argument("results", type=Path, help="results/NAME")
    write.add_argument("archive", type=Path)
    write.add_argument("--checkpoints", action="store_true", help="include the networks, which are large")
    read = commands.add_parser("read", help="check an archive and place its results")
    read.add_argument("archive", type=Path)
    given = parser.parse_args()
    try:
        if given.command == "write":
            number = write_archive(given.results, given.archive, root=Path(), checkpoints=given.checkpoints)
            print(f"{number} files in {given.archive}, SHA-256 {checksum(given.archive)}")
        else:
            print(f"Every file is whole and in its place: {read_archive(given.archive, root=Path())}")
    except RoteError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
