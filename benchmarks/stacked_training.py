"""Runs of a stack: networks that differ by seed alone, trained side by side and one after the other.

Each network has labels of its own, half of them random, sees all 1,437 images in batches of 256, is evaluated after
every epoch on the training set and its parts and on the test set, and keeps its checkpoints. One after the other is the
engine; together is `rote.training.stacked`. Both take turns within one process, in CPU time of one core. Networks are
as they were before each turn; the largest relative difference between losses of both ways at the last epoch is that of
rounding in float32, which training makes larger. Data are random images of 8×8, grey: what they show costs no time.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from record import as_markdown, keep
from torch import nn

from rote import devices
from rote.models.build import build
from rote.seeds import Seeds
from rote.training.engine import train
from rote.training.evaluation import Measure
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.run_folder import RunFolder
from rote.training.stacked import StackData, train_stacked

SHAPE, CLASSES, N_TRAINING, N_TEST = (8, 8, 1), 10, 1437, 360


class Case(NamedTuple):
    """An architecture, and how many networks of it for how many epochs."""

    title: str
    architecture: str
    options: dict[str, Any]
    networks: int
    epochs: int


CASES = (
    Case("MLP, 5 layers of 256", "mlp", {"depth": 5, "width": 256}, 4, 10),
    Case("MLP, 1 layer of 16", "mlp", {"depth": 1, "width": 16}, 4, 20),
    Case("MLP, 1 layer of 256", "mlp", {"depth": 1, "width": 256}, 4, 20),
    Case("ResNet18, width 2", "resnet", {"depth": 18, "width": 2}, 4, 2),
    Case("ResNet18, width 8", "resnet", {"depth": 18, "width": 8}, 4, 2),
    Case("ResNet18, width 8, ten seeds", "resnet", {"depth": 18, "width": 8}, 10, 2),
)


class Runs:
    """Runs of a case."""

    def __init__(self, case: Case) -> None:
        device, draw = devices.pick(threads=1), np.random.default_rng(0)
        recipe = {
            "optimizer": {"name": "adam", "learning_rate": 3e-4},
            "epochs": case.epochs,
            "batch_size": 256,
            "checkpoints": {"every": 1},
        }
        self.recipe = Recipe.from_config(recipe)
        images = draw.integers(0, 256, (N_TRAINING + N_TEST, *SHAPE), dtype=np.uint8)
        labels = draw.integers(0, CLASSES, N_TRAINING + N_TEST)
        self.test = Examples.on(device, images[N_TRAINING:], labels[N_TRAINING:])
        self.training = []
        for _ in range(case.networks):
            permuted = np.arange(N_TRAINING) % 2 == 1
            learned = np.where(permuted, draw.integers(0, CLASSES, N_TRAINING), labels[:N_TRAINING])
            own = Examples.on(device, images[:N_TRAINING], learned, true_labels=labels[:N_TRAINING], permuted=permuted)
            self.training.append(own)
        self.normalisation = Normalisation([0.5], [0.3], device, memory_format=self.recipe.memory_format)
        self.seeds = [Seeds(0, f"run {number}") for number in range(case.networks)]
        self.networks: list[nn.Module] = [
            build(case.architecture, image_shape=SHAPE, n_classes=CLASSES, seed=number, **case.options)
            for number in range(case.networks)
        ]

    def one_by_one(self, networks: list[nn.Module], folders: list[RunFolder]) -> list[list[Measure]]:
        """Each by the engine."""
        given = zip(networks, self.training, self.seeds, folders, strict=True)
        return [
            train(one, self.recipe, own, self.test, self.normalisation, seeds, folder, progress=False)
            for one, own, seeds, folder in given
        ]

    def together(self, networks: list[nn.Module], folders: list[RunFolder]) -> list[list[Measure]]:
        """All side by side."""
        subsets = torch.arange(N_TRAINING).expand(len(networks), -1).contiguous()
        data = StackData(self.training[0], subsets, self.test, self.training)
        return train_stacked(networks, self.recipe, data, self.normalisation, self.seeds, folders, progress=False)


def compare(case: Case, repetitions: int) -> dict[str, Any]:
    """Time both ways on one case, turn by turn."""
    runs = Runs(case)
    ways: dict[str, Callable[[list[nn.Module], list[RunFolder]], list[list[Measure]]]] = {
        "one by one": runs.one_by_one,
        "together": runs.together,
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    losses: dict[str, np.ndarray[Any, np.dtype[np.float64]]] = {}
    for turn in range(repetitions + 1):
        for name, way in ways.items():
            with tempfile.TemporaryDirectory() as place:
                folders = [RunFolder(Path(place, str(number)), "benchmark") for number in range(case.networks)]
                networks = deepcopy(runs.networks)
                start = time.process_time()
                histories = way(networks, folders)
                if turn > 0:
                    seconds[name].append(time.process_time() - start)
            losses[name] = np.array([history[-1].loss for history in histories])
    ratios = [a / b for a, b in zip(*seconds.values(), strict=True)]
    apart = np.abs(losses["together"] / losses["one by one"] - 1).max()
    return {
        "network": case.title,
        "networks": case.networks,
        "epochs": case.epochs,
        **{f"{name}, CPU-s": f"{statistics.median(values):.2f}" for name, values in seconds.items()},
        "one by one : together": f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        "losses apart": f"{apart:.0e}",
    }


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition of the first two cases, no record")
    quick = parser.parse_args().quick
    rows = [compare(case, 1 if quick else 3) for case in (CASES[:2] if quick else CASES)]
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    keep(__file__, "Stacked training", explanation, {"CPU-seconds on one core, median of turns.": rows})


if __name__ == "__main__":
    main()
