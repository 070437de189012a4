"""The reviewer's route: every table against its digest and its record, and a sample of the jobs computed again."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rote.config.verification import Verification
from rote.errors import DataError
from rote.progress import track
from rote.review.agreement import Agreement, collected, disagreements, summary, write
from rote.review.digests import review_digests
from rote.review.in_part import IN_PART
from rote.review.jobs import draw_jobs, review_job
from rote.review.records import Rule, recorded_jobs
from rote.review.sample import Sample
from rote.settings import parse

# They read what lies outside the results: nothing of theirs is done again.
FROM_OUTSIDE = frozenset({"fetch_dataset", "fetch_weights", "convert_dataset", "adopt_published_scores"})


@dataclass(frozen=True)
class Review:
    """What a review found.

    Attributes
    ----------
    agreements : list of Agreement
    again, cheap : int
        Number of jobs that were done again in full, of so many that could have been.
    by_record : mapping of str to int
        Jobs, by rule, of which the digest and the record were checked and nothing was computed again.
    """

    agreements: list[Agreement]
    again: int
    cheap: int
    by_record: Mapping[str, int]

    def __str__(self) -> str:
        left = ", ".join(f"{number} of {rule}" for rule, number in self.by_record.items()) or "none"
        return (
            f"{summary(self.agreements)}\n"
            f"{self.again} of {self.cheap} jobs without a GPU were done again in full.\n"
            f"Jobs whose tables were checked by digest and record alone: {left}."
        )

    def require_agreement(self) -> None:
        """Raise a DataError that names every part that does not agree."""
        if failed := disagreements(self.agreements):
            raise DataError(f"results do not agree with what was computed again:\n{failed}")


def verify(
    results: Path,
    output: Path,
    *,
    rules: Mapping[str, Any],
    scripts: Path,
    verification: Mapping[str, Any],
    config: Mapping[str, Any],
    study_seed: int,
) -> Review:
    """Review the results of a study as they lie, and write a table of every comparison.

    Parameters
    ----------
    results : Path
        Their folder, relative to the working folder; nothing of it is changed.
    output : Path
        AGREEMENTS table to write.
    rules : mapping of str to mapping
        The rules that make tables, by name, as `rote.review.records.Rule`.
    scripts : Path
        Folder of their scripts.
    verification : mapping
        The setting of this name, see `rote.config.verification.Verification`.
    config : mapping
        The whole configuration, from which scripts read what changes no result.
    study_seed : int
        Keys the draws of the sample.

    Returns
    -------
    Review

    Raises
    ------
    ConfigError, DataError
        If a setting is out of its range, or a benchmark file is damaged. What is wrong with a table is a disagreement.
    """
    sizes = parse(Verification, verification, "verification")
    makers = {name: parse(Rule, rule, f"rule {name}") for name, rule in rules.items()}
    jobs, of_records = recorded_jobs(results, rules=makers, scripts=scripts, config=config, study_seed=study_seed)
    sample = Sample(results, jobs, sizes, study_seed)
    agreements = review_digests(results) + of_records
    in_full = [made for made in jobs if made.rule not in IN_PART]
    cheap = [made for made in in_full if not made.gpu and made.rule not in FROM_OUTSIDE]
    with TemporaryDirectory() as folder:
        for rule, (kind, review) in track(list(IN_PART.items()), "results again in part", unit="kind"):
            agreements += collected(kind, review(sample, Path(folder, rule)))
        again = draw_jobs(cheap, sizes.seconds, sample.draws("jobs"))
        for number, made in enumerate(track(again, "jobs again in full", unit="job")):
            place = Path(folder, "jobs", str(number))
            place.mkdir(parents=True)
            agreements += collected("table", review_job(made, results, sizes.tolerance.values, place))
    counts = {"jobs": len(again), "of": len(cheap)}
    write(output, agreements, {"verification": verification, "study_seed": study_seed, **counts})
    by_record = Counter(made.rule for made in in_full if made.gpu or made.rule in FROM_OUTSIDE)
    return Review(agreements, len(again), len(cheap), by_record)
