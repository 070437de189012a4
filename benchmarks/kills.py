"""Twenty kills: a small study is killed at random moments, whole process tree, and started again each time.

Draws what each kill interrupted, and compares the tables at the end with those of an undisturbed run, byte for byte.
"""

import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import seaborn as sns

from rote.figures.style import save, styled

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
from tests.workflow.kills import RESUMES, Kill, kill_again_and_again  # noqa: E402
from tests.workflow.micro_study import Study, checked_out  # noqa: E402
from tests.workflow.study_tables import same_tables  # noqa: E402

KILLS, SHORTEST, LONGEST = 20, 1, 6  # s after the first job began


def seconds_to_finish(study: Study) -> float:
    """Run a study to its end."""
    start = time.monotonic()
    done = study.snakemake("--nolock")
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - start


def draw(kills: list[Kill], undisturbed: float, disturbed: float, n_tables: int, *paths: Path) -> None:
    """Bars of the time that interrupted jobs had worked, and of the jobs that each start finished."""
    kinds = {"goes on from a saved state": True, "starts anew": False}
    with styled():
        figure, (lost, finished) = plt.subplots(2, 1, figsize=(7, 4.4), sharex=True, height_ratios=(3, 2))
        numbers, below = range(1, len(kills) + 1), [0.0] * len(kills)
        for colour, (label, resumes) in zip(sns.color_palette(), kinds.items(), strict=False):
            heights = [
                sum(seconds for rule, seconds in kill.interrupted.items() if (rule in RESUMES) == resumes)
                for kill in kills
            ]
            lost.bar(numbers, heights, bottom=below, color=colour, label=label)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        finished.bar(numbers, [kill.finished for kill in kills], color="0.5")
        lost.set_ylabel("work of interrupted\njobs so far (s)")
        finished.set_ylabel("jobs finished\nbefore the kill")
        finished.set_xlabel("kill")
        finished.set_xticks(list(numbers))
        lost.legend(title="the job")
        figure.suptitle(
            f"{len(kills)} kills survived: {n_tables} tables, not one byte of difference\n"
            f"undisturbed {undisturbed:.0f} s; with the kills, start-ups included, {disturbed:.0f} s",
            fontsize="medium",
        )
        save(figure, *paths)


def main() -> None:
    """Measure and draw."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = checked_out(Path(folder) / "killed")
        whole = fresh.copy(Path(folder) / "undisturbed")
        for study in (fresh, whole):
            study.compile_sampler()
        undisturbed = seconds_to_finish(whole)
        start = time.monotonic()
        kills = kill_again_and_again(fresh, KILLS, SHORTEST, LONGEST)
        seconds_to_finish(fresh)
        disturbed = time.monotonic() - start
        n_tables = same_tables(fresh, whole)
    draw(kills, undisturbed, disturbed, n_tables, *(ROOT / f"docs/pictures/kills.{kind}" for kind in ("png", "svg")))
    for kill in kills:
        print(kill)
    print(f"undisturbed {undisturbed:.0f} s, disturbed {disturbed:.0f} s, {n_tables} tables alike")


if __name__ == "__main__":
    main()
