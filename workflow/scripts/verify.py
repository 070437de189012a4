"""Compute a sample of the results again and compare it with what is on record."""

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rote.errors import DataError
from rote.job import job
from rote.progress import track
from rote.review.agreement import collected, disagreements, skipped, summary, write
from rote.review.certificates import review_counts, review_radii
from rote.review.densities import review_class
from rote.review.digests import review_digests
from rote.review.jobs import Job, draw_jobs, review_job
from rote.review.networks import EpochMap, Run, review_run
from rote.review.similarity import review_epochs
from rote.review.trials import review_subsets, review_trainings
from rote.seeds import Seeds

RESULTS, SIZES = Path(snakemake.params.results), snakemake.params.verification
TOLERANCE, STUDY_SEED = SIZES["tolerance"], snakemake.params.study_seed


def drawing(what, name=""):
    """Draws of the sample; another number under `draw` is another sample."""
    return Seeds(STUDY_SEED, name).generator(f"review of {what}", SIZES["draw"])


def drawn(jobs, most, what):
    """Some jobs at random, in their order."""
    return [jobs[place] for place in sorted(drawing(what).permutation(len(jobs))[:most])]


def called(path):
    """A table's name within the results."""
    return str(Path(path).relative_to(RESULTS))


def review_networks(trained, folder):
    """Whole trainings of some runs, of those that took no longer than is allowed."""
    if SIZES["networks"] == 0:
        return
    short = [made for made in trained if made.seconds is not None and made.seconds <= SIZES["seconds"]]
    for made in trained:
        if made not in short:
            took = "no time" if made.seconds is None else f"{made.seconds:.0f} s"
            why = f"{took} of training on record, {SIZES['seconds']} s allowed"
            yield skipped("networks", called(made.output.history), "whole training", why)
    for number, made in enumerate(drawn(short, SIZES["networks"], "networks")):
        missing = [path for path in made.input if not Path(path).is_file()]
        if missing:
            yield skipped("networks", called(made.output.history), "whole training", f"{missing[0]} is not here")
            continue
        run = Run(
            spec=made.params.spec,
            **{key: Path(made.input[key]) for key in ("train", "test", "labels")},
            history=Path(made.output.history),
            checkpoints=Path(made.output.checkpoints),
            job=made.context,
            epoch_map=epoch_map(made.wildcards.run),
        )
        yield from review_run(
            run,
            results=RESULTS,
            level=SIZES["level"],
            values=TOLERANCE["values"],
            counts=TOLERANCE["counts"],
            folder=folder / str(number),
        )


def epoch_map(run):
    """A run's map on record, None where it has none."""
    by_rule = {made.rule: made for made in jobs if getattr(made.wildcards, "run", None) == run}
    if not {"record_representations", "compare_epochs"} <= by_rule.keys():
        return None
    recorded, compared = by_rule["record_representations"], by_rule["compare_epochs"]
    return EpochMap(
        gram_rows=Path(recorded.output[0]),
        epoch_cka=Path(compared.output.epoch_cka),
        batches=Path(recorded.input.batches),
        taps=recorded.params.taps,
        how=comparison(compared),
    )


def comparison(made):
    """How a job compared epochs."""
    memory = snakemake.config["training_dynamics"]["cka"]["memory_mb"] * 10**6
    return {"estimator": made.params.cka["estimator"], "batches": made.params.cka["batches"], "memory": memory}


def review_trials(jobs, folder):
    """Subsets of all trials, trainings of some of each estimate."""
    shards = defaultdict(dict)
    for made in jobs:
        name, path = made.wildcards.trials, made.output.trials
        shards[name][called(path)] = Path(path)
        data = {split: Path(made.input[split]) for split in ("train", "test")}
        yield review_subsets(shard=Path(path), table=called(path), spec=made.params.spec, seeds=made.context, **data)
    for made in {made.wildcards.trials: made for made in jobs}.values():
        name = made.wildcards.trials
        yield from review_trainings(
            shards=shards[name],
            spec=made.params.spec,
            **{key: Path(made.input[key]) for key in ("train", "test", "labels")},
            stacks=SIZES["stacks"],
            level=SIZES["level"],
            job=made.context,
            draws=drawing("trials", name),
            folder=folder,
        )


def review_densities(jobs, folder):
    """One class of each of some density models."""
    for number, made in enumerate(drawn(jobs, SIZES["classes"], "densities")):
        yield from review_class(
            representations=Path(made.input[0]),
            samples=Path(made.output.samples),
            traces=Path(made.output.traces),
            table=called(made.output.samples),
            options=made.params.options,
            job=made.context,
            tolerance=TOLERANCE["values"],
            draws=drawing("densities", made.output.samples),
            folder=folder / str(number),
        )


def review_similarity(jobs, folder):
    """Entries of some runs' maps."""
    for number, made in enumerate(drawn(jobs, SIZES["maps"], "similarity")):
        path = made.output.epoch_cka
        yield review_epochs(
            rows=Path(made.input[0]),
            epoch_cka=Path(path),
            table=called(path),
            epochs=SIZES["epochs"],
            how=comparison(made),
            tolerance=TOLERANCE["values"],
            job=made.context,
            draws=drawing("similarity", path),
            folder=folder / str(number),
        )


def review_certificates(jobs, folder):
    """Radii of all certificates, counts of some of some bins."""
    for made in jobs:
        path, certification = made.output[0], made.params.certification
        yield review_radii(
            certificates=Path(path),
            table=called(path),
            certification=certification,
            tolerance=TOLERANCE["values"],
        )
    for number, made in enumerate(drawn(jobs, SIZES["bins"], "certificates")):
        path, checkpoints = made.output[0], Path(made.input.checkpoints)
        if not checkpoints.with_suffix("").is_dir():
            yield skipped("certificates", called(path), "counts", f"the networks of {checkpoints} are not here")
            continue
        yield review_counts(
            certificates=Path(path),
            table=called(path),
            examples=SIZES["certificates"],
            checkpoints=checkpoints,
            images=Path(made.input.train),
            certification=made.params.certification,
            tolerance=TOLERANCE["counts"],
            job=made.context,
            draws=drawing("certificates", path),
            folder=folder / str(number),
        )


IN_PART = {
    "train_run": ("networks", review_networks),
    "train_trials": ("trials", review_trials),
    "fit_densities": ("densities", review_densities),
    "compare_epochs": ("similarity", review_similarity),
    "certify_density_bin": ("certificates", review_certificates),
}

with job(snakemake, __file__), TemporaryDirectory() as folder:
    jobs = [Job(**described, config=snakemake.config) for described in snakemake.params.jobs]
    agreements = review_digests(RESULTS)
    for rule, (kind, review) in track(list(IN_PART.items()), "results again in part", unit="kind"):
        own = [made for made in jobs if made.rule == rule]
        agreements += collected(kind, review(own, Path(folder, rule)))
    cheap = [made for made in jobs if not made.gpu and made.rule not in IN_PART]
    again = draw_jobs(cheap, SIZES["seconds"], drawing("jobs"))
    for number, made in enumerate(track(again, "jobs again in full", unit="job")):
        place = Path(folder, "jobs", str(number))
        place.mkdir(parents=True)
        agreements += collected("table", review_job(made, RESULTS, TOLERANCE["values"], place))

    table = RESULTS / "verification.parquet"
    write(table, agreements, {"verification": SIZES, "study_seed": STUDY_SEED, "jobs": len(again), "of": len(cheap)})
    print(f"{summary(agreements)}\n{len(again)} of {len(cheap)} jobs without a GPU were done again in full.")
    print(f"The sample and every comparison: {table}")
    if failed := disagreements(agreements):
        raise DataError(f"results do not agree with what was computed again:\n{failed}")
