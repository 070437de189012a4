"""Trials per hour: networks trained one after the other, and several of them together.

Every trial is a post-activation ResNet18 of width 8 that trains on its own 70 % of the images by SGD with momentum.
Sequential is the engine on one network after the other, stacked is all of them side by side
(`rote.training.stacked`), compiled is the stack through `torch.compile`, its compilation not counted; that takes long,
so one case only is compiled, and none where there is no C++ compiler. All take turns within one process, in CPU time
of one core, as a shard of trials has one core and its neighbours are the other cores' work. The floor is the arithmetic
alone, all multiply-adds, those with the zeros of the padding too, at the rate of a large float32 matrix product.
"""

import argparse
import shutil
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from record import as_markdown, keep
from torch import nn
from training_throughput import constants, matrix_product_rate

from rote import devices
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.seeds import Seeds
from rote.training.engine import train_epoch
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.stacked import StackData, train_stacked

CLASSES, WIDTH, FRACTION, EPOCHS, TOGETHER = 10, 8, 0.7, 5, 16


class Case(NamedTuple):
    """Images of a study and the epochs of one of its trials."""

    title: str
    shape: tuple[int, int, int]
    n: int
    """images timed"""
    n_study: int
    """images of the study"""
    epochs: int
    batch_size: int


CASES = (
    *(Case("digits", (8, 8, 1), 366, 1437, 30, batch_size) for batch_size in (32, 64, 128)),
    Case("32×32", (32, 32, 3), 92, 50000, 160, 64),
)
COMPILED = CASES[1]


class Trials:
    """Some trials, trained for a few epochs at a time."""

    def __init__(self, case: Case, n_trials: int, compiled: bool, device: torch.device) -> None:
        generator = np.random.default_rng(0)
        images = generator.integers(0, 256, (case.n, *case.shape), dtype=np.uint8)
        self.recipe = Recipe.from_config(
            {
                "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
                "epochs": EPOCHS,
                "batch_size": case.batch_size,
                "compile": compiled,
            }
        )
        self.examples = Examples.on(device, images, generator.integers(0, CLASSES, case.n))
        self.normalisation = Normalisation(*constants(images), device, memory_format=self.recipe.memory_format)
        size = int(FRACTION * case.n)
        members = [np.sort(generator.permutation(case.n)[:size]) for _ in range(n_trials)]
        self.subsets = torch.from_numpy(np.stack(members)).to(device)
        self.seeds = [Seeds(0, f"trial {t}") for t in range(n_trials)]
        self.networks: list[nn.Module] = [network(case, t).to(device) for t in range(n_trials)]

    def sequential(self) -> None:
        """One network after the other, by the engine."""
        for model, members, seeds in zip(self.networks, self.subsets, self.seeds, strict=True):
            whole = self.examples
            own = Examples(*(column[members] for column in (whole.images, whole.labels, whole.labels, whole.permuted)))
            model.to(memory_format=self.recipe.memory_format).train()
            optimizer = self.recipe.optimizer.build(model.parameters())
            for epoch in range(1, EPOCHS + 1):
                train_epoch(model, optimizer, self.recipe, own, self.normalisation, seeds, epoch)

    def stacked(self) -> None:
        """All networks together."""
        data = StackData(self.examples, self.subsets)
        train_stacked(self.networks, self.recipe, data, self.normalisation, self.seeds, progress=False)


def network(case: Case, seed: int) -> nn.Module:
    """The network of one trial."""
    options = {"depth": 18, "stem": "cifar", "width": WIDTH}
    return build("resnet", image_shape=case.shape, n_classes=CLASSES, seed=seed, **options)


def compare(case: Case, n_trials: int, repetitions: int, compiled: bool) -> dict[str, Any]:
    """Time the ways to train some trials on one case, turn by turn."""
    device = devices.pick(threads=1)
    trials = Trials(case, n_trials, False, device)
    ways: dict[str, Callable[[], None]] = {"sequential": trials.sequential, "stacked": trials.stacked}
    if compiled:
        ways["compiled"] = Trials(case, n_trials, True, device).stacked
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repetitions + 1):
        for name, train in ways.items():
            start = time.process_time()
            train()
            if turn > 0:
                seconds[name].append((time.process_time() - start) / n_trials)

    size = trials.subsets.shape[1]
    images = case.epochs * int(FRACTION * case.n_study)  # that one trial of the study sees
    rates = {name: [3600 * EPOCHS * size / images / value for value in values] for name, values in seconds.items()}
    rate = matrix_product_rate(device, size=1024, repetitions=40)
    floor = rate / (2 * 3 * multiply_adds(network(case, 0), case.shape)) * 3600 / images
    row = {
        "images": case.title,
        "epochs": case.epochs,
        "batch": case.batch_size,
        "trials together": n_trials,
        **{f"{name}, trials/h": spread(rates.get(name, [])) for name in ("sequential", "stacked", "compiled")},
    }
    for name in ("stacked", "compiled"):
        pairs = zip(seconds["sequential"], seconds.get(name, []), strict=False)
        ratios = [a / b for a, b in pairs]
        row[f"{name} : sequential"] = round(statistics.median(ratios), 2) if ratios else "not run"
    row["floor, trials/h"] = short(floor)
    for name in ("sequential", "stacked", "compiled"):
        row[f"{name} : floor"] = round(statistics.median(rates[name]) / floor, 2) if name in rates else "not run"
    return row


def benchmark(quick: bool = False) -> list[dict[str, Any]]:
    """Compare the ways on every case.

    Parameters
    ----------
    quick : bool
        One repetition, nothing compiled.

    Returns
    -------
    list of dict
        One row per case: trials per hour (median, lowest, highest over the repetitions) of every way and of the floor,
        and median ratios of rates within a turn.
    """
    compiled = None if quick or shutil.which("c++") is None else COMPILED
    return [compare(case, TOGETHER, 1 if quick else 4, case is compiled) for case in CASES]


def spread(rates: list[float]) -> str:
    """Median, lowest and highest of some rates, if there are any."""
    return f"{short(statistics.median(rates))} ({short(min(rates))}–{short(max(rates))})" if rates else "not run"


def short(rate: float) -> str:
    """A rate to two decimals, or whole where it is large."""
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.2f}"


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition, nothing compiled, no record")
    quick = parser.parse_args().quick
    rows = benchmark(quick)
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    keep(__file__, "Trial throughput", explanation, {"Trials per hour: median (lowest–highest).": rows})


if __name__ == "__main__":
    main()
