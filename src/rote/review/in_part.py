"""What is computed again in part, of jobs that take too long to be done again in full or ask for a GPU."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from rote.memorization.without_bin import without
from rote.review.agreement import Agreement, skipped
from rote.review.certificates import review_counts, review_radii
from rote.review.densities import review_class
from rote.review.jobs import Job
from rote.review.networks import EpochMap, Run, review_run
from rote.review.sample import Sample
from rote.review.similarity import review_epochs
from rote.review.stacks import PART, RunStack, review_stack
from rote.review.trials import review_subsets, review_trainings
from rote.training.run_stack import Member


def review_networks(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """Whole trainings of some runs, of those that took no longer than is allowed."""
    sizes = sample.sizes
    drawn, left = _trainings(sample, "train_run", "history", "whole training")
    yield from left
    for number, made in enumerate(drawn):
        yield from review_run(
            _run(sample, made),
            results=sample.results,
            level=sizes.level,
            values=sizes.tolerance.values,
            counts=sizes.tolerance.counts,
            folder=folder / str(number),
        )


def review_stacks(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """Trainings of some stacks of runs, of those that took no longer than is allowed."""
    drawn, left = _trainings(sample, "train_stack", "histories", PART)
    yield from left
    for number, made in enumerate(drawn):
        members = zip(made.params.runs, made.params.specs, made.input.labels, strict=True)
        stack = RunStack(
            members=[Member(run, spec, Path(labels)) for run, spec, labels in members],
            train=Path(made.input.train),
            test=Path(made.input.test),
            histories=Path(made.output.histories),
            checkpoints=Path(made.output.checkpoints),
            job=made.context,
        )
        yield from review_stack(stack, results=sample.results, folder=folder / str(number))


def _trainings(sample: Sample, rule: str, table: str, part: str) -> tuple[list[Job], list[Agreement]]:
    """Trainings of a rule that are drawn, and what is said of those that took too long or lack an input."""
    sizes = sample.sizes
    if sizes.networks == 0:
        return [], []
    short, left = [], []
    for made in sample.of(rule):
        if made.seconds is not None and made.seconds <= sizes.seconds:
            short.append(made)
        else:
            took = "no time" if made.seconds is None else f"{made.seconds:.0f} s"
            why = f"{took} of training on record, {sizes.seconds:g} s allowed"
            left.append(skipped("networks", sample.called(getattr(made.output, table)), part, why))
    drawn = sample.drawn(short, sizes.networks, "networks" if rule == "train_run" else "stacks of runs")
    for made in drawn:
        if missing := [path for path in made.input if not Path(path).is_file()]:
            left.append(
                skipped("networks", sample.called(getattr(made.output, table)), part, f"{missing[0]} is not here")
            )
    return [made for made in drawn if all(Path(path).is_file() for path in made.input)], left


def review_trials(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """Subsets of all trials, trainings of some of each estimate."""
    of_estimate = defaultdict(list)
    for made in sample.of("train_trials"):
        of_estimate[made.wildcards.trials].append(made)
        path = Path(made.output.trials)
        yield review_subsets(
            shard=path,
            table=sample.called(path),
            spec=made.params.spec,
            train=Path(made.input.train),
            test=Path(made.input.test),
            seeds=made.context,
        )
    for name, jobs in of_estimate.items():
        made = jobs[-1]
        yield from review_trainings(
            shards={sample.called(shard.output.trials): Path(shard.output.trials) for shard in jobs},
            spec=made.params.spec,
            train=Path(made.input.train),
            test=Path(made.input.test),
            labels=Path(made.input.labels),
            stacks=sample.sizes.stacks,
            level=sample.sizes.level,
            recomputation=sample.recomputation(made, "trials", name, folder),
        )


def review_densities(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """One class of each of some density models."""
    for number, made in enumerate(sample.drawn(sample.of("fit_densities"), sample.sizes.classes, "densities")):
        samples = made.output.samples
        yield from review_class(
            representations=Path(made.input[0]),
            samples=Path(samples),
            traces=Path(made.output.traces),
            table=sample.called(samples),
            options=made.params.options,
            tolerance=sample.sizes.tolerance.values,
            recomputation=sample.recomputation(made, "densities", samples, folder / str(number)),
        )


def review_similarity(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """Entries of some runs' epoch×epoch maps."""
    for number, made in enumerate(sample.drawn(sample.of("compare_epochs"), sample.sizes.maps, "similarity")):
        path = made.output.epoch_cka
        yield review_epochs(
            rows=Path(made.input[0]),
            epoch_cka=Path(path),
            table=sample.called(path),
            epochs=sample.sizes.epochs,
            how=_comparison(made),
            tolerance=sample.sizes.tolerance.values,
            recomputation=sample.recomputation(made, "similarity", path, folder / str(number)),
        )


def review_certificates(sample: Sample, folder: Path) -> Iterator[Agreement]:
    """Radii of all certificates, counts of some of some bins."""
    jobs, tolerance = sample.of("certify_density_bins"), sample.sizes.tolerance
    tables = [(made, place, path) for made in jobs for place, path in enumerate(made.output)]
    for made, _, path in tables:
        yield review_radii(
            certificates=Path(path),
            table=sample.called(path),
            certification=made.params.certification,
            tolerance=tolerance.values,
        )
    for number, (made, place, path) in enumerate(sample.drawn(tables, sample.sizes.bins, "certificates")):
        checkpoints = Path(made.input.checkpoints[place])
        if not checkpoints.with_suffix("").is_dir():
            why = f"the networks of {checkpoints} are not here"
            yield skipped("certificates", sample.called(path), "counts", why)
            continue
        recomputation = sample.recomputation(made, "certificates", path, folder / str(number))
        network = without(made.params.bins[place], made.wildcards.protocol)
        yield review_counts(
            certificates=Path(path),
            table=sample.called(path),
            examples=sample.sizes.certificates,
            checkpoints=checkpoints,
            images=Path(made.input.train),
            certification=made.params.certification,
            tolerance=tolerance.counts,
            recomputation=replace(recomputation, job=recomputation.job.for_part(network)),
        )


def _run(sample: Sample, made: Job) -> Run:
    return Run(
        spec=made.params.spec,
        train=Path(made.input.train),
        test=Path(made.input.test),
        labels=Path(made.input.labels),
        history=Path(made.output.history),
        checkpoints=Path(made.output.checkpoints),
        job=made.context,
        epoch_map=_epoch_map(sample, made.wildcards.run),
    )


def _epoch_map(sample: Sample, run: str) -> EpochMap | None:
    """A run's map on record, None where it has none."""
    compared = next((made for made in sample.of("compare_epochs") if made.wildcards.run == run), None)
    sets = sample.of("record_representations") if compared else []
    recorded = next((made for made in sets if compared and made.output[0] == compared.input[0]), None)
    if compared is None or recorded is None:
        return None
    return EpochMap(
        gram_rows=Path(recorded.output[0]),
        epoch_cka=Path(compared.output.epoch_cka),
        images=Path(recorded.input.images),
        drawn=Path(recorded.input.drawn),
        what=recorded.params.what,
        how=_comparison(compared),
    )


def _comparison(made: Job) -> dict[str, Any]:
    """How a job compared epochs."""
    memory = made.config["training_dynamics"]["cka"]["memory_mb"] * 10**6
    return {"estimator": made.params.cka["estimator"], "batches": made.params.cka["batches"], "memory": memory}


IN_PART: dict[str, tuple[str, Callable[[Sample, Path], Iterator[Agreement]]]] = {
    "train_run": ("networks", review_networks),
    "train_stack": ("networks", review_stacks),
    "train_trials": ("trials", review_trials),
    "fit_densities": ("densities", review_densities),
    "compare_epochs": ("similarity", review_similarity),
    "certify_density_bins": ("certificates", review_certificates),
}
