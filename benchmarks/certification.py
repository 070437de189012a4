"""Certification throughput: many images' draws in a batch beside the textbook loop, on the same networks and images.

The textbook loop is a straight port of Algorithm CERTIFY: one image at a time, up to 1,000 draws in a batch, a float
image repeated and noise added to it, normalisation as the classifier's first layer, PyTorch's default order in memory,
predictions counted in Python. Both certify digits, in pixel noise of 0.25, with a network that was trained on other
digits in that noise; the 32 px images are the same digits enlarged. Draws that curtailment saves count as done, so that
rates compare at equal results; one way of ours is not curtailed. The arithmetic is that of the forward passes.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from record import as_markdown, keep
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torchvision import transforms
from training_throughput import matrix_product_rate, spread

from rote import devices
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.robustness.bounds import certified_radius
from rote.robustness.certify import Certificate, certify
from rote.robustness.examples import BATCH
from rote.training.engine import train_epoch
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.seeds import Seeds

SIGMA, N0, N, ALPHA = 0.25, 100, 1000, 0.001
TEXTBOOK_BATCH = 1000


class Case(NamedTuple):
    """A network, the side of its images in pixels, and the number of epochs that it is trained."""

    architecture: str
    width: int
    side: int
    epochs: int


CASES = (
    Case("preactivation_resnet18", 8, 8, 10),
    Case("resnet", 16, 8, 10),
    Case("preactivation_resnet18", 8, 32, 2),
    Case("resnet", 16, 32, 2),
)
RECIPE = {
    "optimizer": {"name": "adam", "learning_rate": 0.002},
    "epochs": 10,
    "batch_size": 64,
    "input_noise": {"sigma": SIGMA, "units": "pixel"},
}


class Trained(NamedTuple):
    """A network that was trained on digits, and others to certify."""

    network: nn.Module
    images: Tensor
    normalisation: Normalisation
    shape: tuple[int, int, int]


def train(case: Case, n_images: int, device: torch.device) -> Trained:
    """Train the case's network on the digits that are not certified."""
    digits = load_digits()
    small = (255 / 16 * digits.images).astype(np.uint8)
    pixels = np.kron(small, np.ones((case.side // 8, case.side // 8), np.uint8))[..., None]
    options: dict[str, Any] = {} if case.architecture != "resnet" else {"depth": 18, "stem": "cifar"}
    shape = (case.side, case.side, 1)
    network = build(case.architecture, image_shape=shape, n_classes=10, seed=0, width=case.width, **options)
    recipe = Recipe.from_config(RECIPE)
    examples = Examples.on(device, pixels[n_images:], digits.target[n_images:].astype(np.int64))
    mean, std = [float((pixels / 255).mean())], [float((pixels / 255).std())]
    normalisation = Normalisation(mean, std, device, memory_format=recipe.memory_format)
    network.to(device).to(memory_format=recipe.memory_format).train()
    optimizer = recipe.optimizer.build(network.parameters())
    for epoch in range(1, case.epochs + 1):
        train_epoch(network, optimizer, recipe, examples, normalisation, Seeds(0, "benchmark"), epoch)
    return Trained(network.eval(), torch.from_numpy(pixels[:n_images]), normalisation, shape)


def textbook(trained: Trained, device: torch.device) -> Callable[[], list[float]]:
    """Function that certifies as the textbook does and gives radii, NaN for an abstention."""
    mean, std = (
        (-trained.normalisation.shift * trained.normalisation.std).flatten(),
        trained.normalisation.std.flatten(),
    )
    normalise = transforms.Normalize(mean.tolist(), std.tolist())
    classifier = nn.Sequential(normalise, trained.network).to(memory_format=torch.contiguous_format)

    def counts(image: Tensor, draws: int) -> np.ndarray:
        found = np.zeros(10, dtype=int)
        with torch.no_grad():
            while draws > 0:
                batch = image.repeat((min(TEXTBOOK_BATCH, draws), 1, 1, 1))
                predictions = classifier(batch + torch.randn_like(batch) * SIGMA).argmax(1)
                for prediction in predictions.cpu().numpy():
                    found[prediction] += 1
                draws -= len(batch)
        return found

    def certify_all() -> list[float]:
        trained.network.to(memory_format=torch.contiguous_format)
        radii = []
        for image in trained.images:
            pixels = (image.permute(2, 0, 1).float() / 255).to(device)
            top = counts(pixels, N0).argmax()
            radii.append(float(certified_radius(counts(pixels, N)[top], N, SIGMA, ALPHA)))
        return radii

    return certify_all


def ours(trained: Trained, device: torch.device, curtail: bool) -> Callable[[], list[Certificate]]:
    """Function that certifies as `rote` does."""

    def generator(image: int, block: int) -> torch.Generator:
        return Seeds(0, f"benchmark, example {image}").torch("certification noise", block, device)

    def certify_all() -> list[Certificate]:
        trained.network.to(memory_format=torch.channels_last)
        found = certify(
            trained.network,
            trained.images,
            normalisation=trained.normalisation,
            sigma=SIGMA,
            n0=N0,
            n=N,
            alpha=ALPHA,
            noise_units="pixel",
            batch_size=BATCH[device.type],
            generator=generator,
            curtail=curtail,
        )
        return list(found)

    return certify_all


def compare(case: Case, n_images: int, threads: int, repetitions: int) -> dict[str, Any]:
    """Time both ways on one case, turn by turn after once to warm up."""
    device = devices.pick(threads)
    trained = train(case, n_images, device)
    ways = {
        "plain": textbook(trained, device),
        "ours": ours(trained, device, True),
        "full": ours(trained, device, False),
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, Any] = {}
    for turn in range(repetitions + 1):
        for name, way in ways.items():
            start = time.perf_counter()
            found[name] = way()
            if turn > 0:
                rates[name].append(n_images * (N0 + N) / (time.perf_counter() - start))
    plain = np.array(found["plain"])
    radii = np.array([c.radius for c in sorted(found["ours"], key=lambda c: c.image)], np.float64)
    operations = 2 * multiply_adds(trained.network, trained.shape)
    ratio = {
        name: statistics.median(a / b for a, b in zip(rates[name], rates["plain"], strict=True))
        for name in ("ours", "full")
    }
    return {
        "device": devices.describe(device),
        "network": f"{case.architecture}, width {case.width}",
        "image": "×".join(map(str, trained.shape)),
        "abstain": f"{np.isnan(radii).mean():.0%} ({np.isnan(plain).mean():.0%})",
        "mean radius": f"{np.nanmean(radii):.3f} ({np.nanmean(plain):.3f})",
        "textbook, draws/s": spread(rates["plain"]),
        "ours, draws/s": spread(rates["ours"]),
        "ours not curtailed, draws/s": spread(rates["full"]),
        "ours : textbook": round(ratio["ours"], 2),
        "not curtailed : textbook": round(ratio["full"], 2),
        "not curtailed : matrix product": round(
            statistics.median(rates["full"]) * operations / matrix_product_rate(device), 2
        ),
    }


def benchmark(
    cases: tuple[Case, ...] = CASES, n_images: int = 50, threads: tuple[int, ...] = (), repetitions: int = 3
) -> list[dict[str, Any]]:
    """Compare both ways on some cases, on one core and on all; one row each."""
    return [
        compare(case, n_images, number, repetitions)
        for number in threads or sorted({1, os.cpu_count() or 1})
        for case in cases
    ]


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few images on one core, no record")
    if parser.parse_args().quick:
        print(as_markdown(benchmark(n_images=10, threads=(1,), repetitions=2)))
        return
    _, _, explanation = __doc__.partition("\n\n")
    heading = "Draws per second: median (lowest–highest). In brackets what the textbook loop found, with other noise."
    keep(__file__, "Certification throughput", explanation, {heading: benchmark()})


if __name__ == "__main__":
    main()
