"""Small tables of representations, their density models, and a job that is killed on its way."""

import multiprocessing
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from rote import tables
from rote.density.fit import fit_classes
from rote.density.mixture import DirichletProcessGaussianMixture
from rote.job import Job
from rote.representations.classes import load
from rote.seeds import Seeds
from rote.tables.density import EXAMPLE_SUBSETS
from rote.tables.representations import as_column, representations

OWNER, STUDY_SEED, CLASSES = "a run, stage_4", 3, (0, 2, 5)
SHORT = {"n_chains": 2, "n_init_components": 3, "n_sweeps": 14, "n_discarded": 6, "keep_every": 2}  # 4 kept
KILLABLE = multiprocessing.get_context("forkserver")
KILLABLE.set_forkserver_preload(["rote.density.fit"])


def write_representations(path, values=None):
    """Representations of three classes of 14 examples in 2 dimensions, two clusters each, in no order of classes."""
    generator = np.random.default_rng(0)
    label = generator.permutation(np.repeat(CLASSES, 14)).astype(np.int16)
    clusters = 4 * generator.integers(0, 2, (len(label), 1))
    values = label[:, None] + clusters + generator.normal(size=(len(label), 2)) if values is None else values
    columns = {
        "example": generator.permutation(1000)[: len(label)].astype(np.int32),
        "true_label": np.zeros(len(label), np.int16),
        "train_label": label,
        "representation": as_column(np.asarray(values, np.float32)),
    }
    tables.write(path, representations(2), columns, {"dimensions": 2})
    return path


def write_subsets(path, examples):
    """Examples of each subset, by its name."""
    columns = {
        "subset": [subset for subset, own in examples.items() for _ in own],
        "example": [int(number) for own in examples.values() for number in own],
    }
    tables.write(path, EXAMPLE_SUBSETS, columns, {})
    return path


def fit(representations, folder, *, seed_key=OWNER, study_seed=STUDY_SEED, processes=1, **options):
    """Fit models of all classes; paths of posterior samples and traces."""
    samples, traces = folder / "posterior_samples.parquet", folder / "traces.parquet"
    fit_classes(
        representations=representations,
        samples=samples,
        traces=traces,
        options={**SHORT, **options},
        job=Job(study_seed, seed_key, processes, {"rule": "fit_densities"}),
    )
    return samples, traces


def direct_models(representations, **options):
    """The estimator fitted to each class, by its label, with the seeds of the job."""
    known = load(representations)
    models = {}
    for label in CLASSES:
        seed = Seeds(STUDY_SEED, OWNER).seed_sequence("density chain", label)
        model = DirichletProcessGaussianMixture(**{**SHORT, **options}, random_state=seed)
        models[label] = model.fit(known.by_class(label).values)
    return models


def fit_until(moment, representations, folder, **options):
    """Fit in a process that is killed at a moment: before it puts its nth file into place or removes a folder."""
    process = KILLABLE.Process(target=_fit_until, args=(moment, representations, folder), kwargs=options)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def _fit_until(moment, representations, folder, **options):
    seen = []

    def kill_at_moment(event, arguments):
        if event in ("os.rename", "shutil.rmtree") and Path(arguments[0]).is_relative_to(folder):
            seen.append(event)
            if len(seen) > moment:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(kill_at_moment)
    fit(representations, folder, **options)


def fit_and_kill_all(representations, folder, **options):
    """Fit in two processes of a group of their own, which is killed as soon as a first class is fitted."""
    process = KILLABLE.Process(target=_fit_apart, args=(representations, folder), kwargs=options)
    process.start()
    while process.is_alive() and not list(folder.glob("posterior_samples/class_*_samples.parquet")):
        time.sleep(0.01)
    with suppress(ProcessLookupError):  # on a busy machine it may be done before it is seen to have begun
        os.killpg(process.pid, signal.SIGKILL)
    process.join()


def _fit_apart(representations, folder, **options):
    os.setsid()
    fit(representations, folder, processes=2, **options)
