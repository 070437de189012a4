"""Trials of memorization estimates: networks trained on random subsets, and what each classifies correctly.

Feldman & Zhang, "What Neural Networks Memorize and Why: Discovering the Long Tail via Influence Estimation" (2020),
Algorithm 1. A trial's subset and training seed follow from its number alone. Trials s·T to s·T + T − 1, with T of
`TrialsSpec.stack_size`, are always trained together, whichever shard asks for one of them: so no number depends on the
size of the shards.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import nn

from rote import tables
from rote.data.images import load_images
from rote.data.labels import load_labels
from rote.errors import ConfigError
from rote.job import Job
from rote.memorization.subsets import subset, subset_size
from rote.options import check_positive
from rote.parts import Parts, digest
from rote.progress import track
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables import Schema
from rote.tables.memorization import TRIAL_TIMES, TRIALS, pack
from rote.tables.parts import TableForm
from rote.training import engine
from rote.training.blueprint import Blueprint
from rote.training.evaluation import predict
from rote.training.examples import Examples
from rote.training.grids import Grid
from rote.training.inputs import Normalisation
from rote.training.spec import Spec
from rote.training.stacked import StackData, train_stacked

FINISHED = Schema("finished_trials", (*TRIALS.columns, *TRIAL_TIMES.columns[1:]))


@dataclass(frozen=True)
class TrialsSpec(Spec):
    """What every trial trains, and how.

    Attributes
    ----------
    architecture, recipe : mapping
        See `rote.training.spec.Spec`. The recipe's grids do not matter, except that where training stops at a train
        accuracy, the evaluated epochs are those at which it may.
    fraction : float
        Share of the training examples in a subset.
    stack_size : int
        How many trials are trained at a time. Narrow convolutional networks on small images and batches train faster
        side by side (16 of width 8 on images of 8×8); wide ones, those on images of 32×32, transformers and networks
        with dropout go one at a time, on a GPU perhaps with the recipe's ``compile``, which has not been tried there.
        In float32 the last digits of a result depend on this number.
    """

    fraction: float = 0.7
    stack_size: int = 1

    def __post_init__(self) -> None:
        check_positive(stack_size=self.stack_size)


def train_trials(
    *,
    spec: Mapping[str, Any],
    numbers: range,
    train: Path,
    test: Path,
    labels: Path,
    trials: Path,
    times: Path,
    job: Job,
) -> None:
    """Train a shard of trials and write what each classifies correctly.

    A killed shard goes on after the last trials that it finished. Where the shard is no whole number of stacks of
    `TrialsSpec.stack_size` trials, the rest of its stacks is trained too and left out of its tables: choose a multiple.

    Parameters
    ----------
    spec : mapping
        See `TrialsSpec`.
    numbers : range
        Of the shard's trials, counted from 0, one after the other.
    train, test, labels : Path
        Tables of the training images, the test images and the labels to train on.
    trials, times : Path
        TRIALS and TRIAL_TIMES tables to write. While the shard is not finished, the stacks that are lie beside the
        former, in a folder of its name without suffix.
    job : Job
        Its key names the estimate that the trials belong to: trials of equal number and key have equal subsets and
        seeds. Stacks of a job that depends on anything else are trained again.

    Raises
    ------
    ConfigError, DataError, TableError
        If the spec or a table cannot be used; nothing was written then.
    TrainingError
        If the loss of a trial is not finite. Finished stacks are kept, but no table is written.
    """
    what = parse(TrialsSpec, spec, f"trials {job.seed_key}")
    first, count = numbers.start, len(numbers)
    check_positive(count=count)
    if first < 0:
        raise ConfigError(f"trials are numbered from 0; there is no trial {first}.")
    inputs = [train, test, labels]
    study = Study.load(what, inputs, job)
    parts = Parts(trials.with_suffix(""), digest(job.depends_on(spec=spec), inputs), TableForm(FINISHED))

    stacks = range(first // what.stack_size, (first + count - 1) // what.stack_size + 1)
    keys = [f"stack_{stack:06d}" for stack in stacks]
    for stack, key in track(list(zip(stacks, keys, strict=True)), f"trials {job.seed_key}", unit="stack"):
        if not parts.is_finished(key):
            parts.write(key, study.train(range(stack * what.stack_size, (stack + 1) * what.stack_size)))

    rows = pa.concat_tables([pa.table(parts.read(key)) for key in keys])
    shard = rows.slice(first - stacks[0] * what.stack_size, count).combine_chunks()
    for path, schema in ((trials, TRIALS), (times, TRIAL_TIMES)):
        tables.write(
            path, schema, {column.name: shard[column.name] for column in schema.columns}, job.recorded(spec=spec)
        )
    parts.remove()


@dataclass(frozen=True)
class Study:
    """What the trials of one estimate share, on the device.

    Attributes
    ----------
    spec : TrialsSpec
    blueprint : Blueprint
    training, test : Examples
    seeds : Seeds
        Of the estimate.
    """

    spec: TrialsSpec
    blueprint: Blueprint
    training: Examples
    test: Examples
    seeds: Seeds

    @classmethod
    def load(cls, spec: TrialsSpec, inputs: Sequence[Path], job: Job) -> "Study":
        """Read the tables of training images, test images and labels; errors as in `train_trials`."""
        device = job.device
        images, held_out = load_images(inputs[0]), load_images(inputs[1])
        given = load_labels(inputs[2], images.labels)
        subset_size(len(images.labels), spec.fraction)
        return cls(
            spec,
            spec.blueprint(images),
            Examples.on(device, images.images, given.train_label, given.true_label, given.permuted),
            Examples.on(device, held_out.images, held_out.labels),
            job,
        )

    @cached_property
    def normalisation(self) -> Normalisation:
        """From raw pixels to the networks' inputs."""
        return self.blueprint.normalisation(self.training.device)

    def train(self, numbers: Sequence[int]) -> dict[str, Any]:
        """Train the trials of these numbers together.

        Returns
        -------
        dict
            Columns of FINISHED.
        """
        start = time.perf_counter()
        training_seeds = [self.seeds.integer_seed("memorization training", number) for number in numbers]
        seeds = [
            Seeds(seed, self.seeds.seed_key).within(f"trial {number}")
            for seed, number in zip(training_seeds, numbers, strict=True)
        ]
        membership = np.stack(
            [subset(len(self.training), number, self.spec.fraction, self.seeds) for number in numbers]
        )
        networks = [self.blueprint.untrained(own.integer_seed("initialisation")) for own in seeds]
        members = torch.from_numpy(np.stack([np.flatnonzero(row) for row in membership])).to(self.training.device)
        if len(networks) == 1:
            self._train_alone(networks[0], members[0], seeds[0])
        else:
            test = None if self.spec.how.stop.train_accuracy is None else self.test
            data = StackData(self.training, members, test)
            train_stacked(networks, self.spec.how, data, self.normalisation, seeds)
        train_correct = np.stack([self._correct(network, self.training) for network in networks])
        test_correct = np.stack([self._correct(network, self.test) for network in networks])
        seconds = (time.perf_counter() - start) / len(numbers)
        return {
            "trial": numbers,
            "training_seed": training_seeds,
            "n_in": membership.sum(1),
            "membership": pack(membership),
            "train_correct": pack(train_correct),
            "test_correct": pack(test_correct),
            "train_accuracy": train_correct.mean(1, where=membership),
            "held_out_accuracy": train_correct.mean(1, where=~membership),
            "test_accuracy": test_correct.mean(1),
            "wall_time": np.full(len(numbers), seconds),
        }

    def _train_alone(self, network: nn.Module, members: torch.Tensor, seeds: Seeds) -> None:
        """Train by the engine, on a copy of the subset."""
        recipe, whole = self.spec.how, self.training
        if recipe.stop.train_accuracy is None:  # evaluated on the way, nothing would come of it
            recipe = replace(recipe, evaluation=Grid(every=max(recipe.last_epoch, 1)))
        columns = (whole.images, whole.labels, whole.true_labels, whole.permuted)
        own = Examples(*(column[members] for column in columns))
        engine.train(network, recipe, own, self.test, self.normalisation, seeds)

    def _correct(self, network: nn.Module, examples: Examples) -> NDArray[np.bool_]:
        """Which examples are classified as labelled, in evaluation mode and not augmented, shape (n,)."""
        logits = predict(network, examples.images, self.normalisation, self.blueprint.precision)
        correct: NDArray[np.bool_] = (logits.argmax(1) == examples.labels).cpu().numpy()
        return correct
