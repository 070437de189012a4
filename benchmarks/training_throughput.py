"""Training throughput: the engine beside a plain PyTorch loop with a DataLoader, on the same network and images.

The plain loop is what a good user would write: a TensorDataset of normalised images, or torchvision's transforms on
each image where there is augmentation, and a DataLoader with as many workers as make it fastest.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from record import keep
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import transforms

from rote import devices
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.seeds import Seeds
from rote.training.engine import train_epoch
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe

CLASSES, BATCH_SIZE, PADDING = 10, 128, 4


class Case(NamedTuple):
    """A network, pre-activation ResNet18 of some width, and the images of an epoch."""

    shape: tuple[int, int, int]
    width: int
    n: int


CASES = (Case((8, 8, 1), 8, 1024), Case((32, 32, 3), 8, 512), Case((32, 32, 3), 16, 512))


class AugmentedImages(Dataset[tuple[Tensor, int]]):
    """Images cropped, flipped and normalised one at a time by torchvision."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images, self.labels = images, labels
        self.transform = transforms.Compose(
            [
                transforms.ToPILImage(),
                transforms.RandomCrop(images.shape[1], padding=PADDING),
                transforms.RandomHorizontalFlip(),
                transforms.ToTensor(),
                transforms.Normalize(*constants(images)),
            ]
        )

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.images[index]), int(self.labels[index])


def constants(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and standard deviation per channel."""
    return (images / 255).mean((0, 1, 2)).tolist(), (images / 255).std((0, 1, 2)).tolist()


def network(case: Case, device: torch.device) -> nn.Module:
    """The case's network in training mode."""
    model = build("preactivation_resnet18", image_shape=case.shape, n_classes=CLASSES, seed=0, width=case.width)
    return model.to(device).train()


def plain_epoch(
    case: Case, images: np.ndarray, labels: np.ndarray, augmented: bool, workers: int, device: torch.device
) -> Callable[[], Any]:
    """Function that trains one epoch by the plain loop."""
    if augmented:
        dataset: Dataset[Any] = AugmentedImages(images, labels)
    else:
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
        dataset = TensorDataset(transforms.Normalize(*constants(images))(pixels), torch.from_numpy(labels))
    loader = DataLoader(
        dataset,
        BATCH_SIZE,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=device.type == "cuda",
    )
    model = network(case, device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)

    def epoch() -> float:
        total = 0.0
        for inputs, targets in loader:
            loss = criterion(model(inputs.to(device, non_blocking=True)), targets.to(device, non_blocking=True))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total

    return epoch


def engine_epoch(
    case: Case, images: np.ndarray, labels: np.ndarray, augmented: bool, device: torch.device
) -> Callable[[], Any]:
    """Function that trains one epoch by the engine."""
    recipe = Recipe.from_config(
        {
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
            "epochs": 1,
            "batch_size": BATCH_SIZE,
            "augmentation": {"crop_padding": PADDING, "flip": True} if augmented else {},
        }
    )
    examples = Examples.on(device, images, labels)
    normalisation = Normalisation(*constants(images), device, memory_format=recipe.memory_format)
    model = network(case, device).to(memory_format=recipe.memory_format)
    optimizer = recipe.optimizer.build(model.parameters())
    return lambda: train_epoch(model, optimizer, recipe, examples, normalisation, Seeds(0, "benchmark"), 1)


def matrix_product_rate(device: torch.device, size: int = 2048, repetitions: int = 5) -> float:
    """Multiplications and additions per second of a large float32 matrix product, the best of some repetitions."""
    matrix = torch.rand(size, size, device=device)
    seconds = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        (matrix @ matrix).sum().item()
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds[1:])


def images_per_second(loops: dict[str, Callable[[], Any]], n: int, repetitions: int) -> dict[str, list[float]]:
    """Rates of some loops, timed turn by turn after one epoch each to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(repetitions + 1):
        for name, epoch in loops.items():
            start = time.perf_counter()
            epoch()
            if turn > 0:
                rates[name].append(n / (time.perf_counter() - start))
    return rates


def compare(case: Case, augmented: bool, threads: int, repetitions: int) -> dict[str, Any]:
    """Time the engine and the plain loop on one case."""
    device = devices.pick(threads)
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (case.n, *case.shape), dtype=np.uint8)
    labels = generator.integers(0, CLASSES, case.n)
    loops = {"engine": engine_epoch(case, images, labels, augmented, device)} | {
        f"{workers} workers": plain_epoch(case, images, labels, augmented, workers, device)
        for workers in sorted({0, threads if threads > 1 else 0})  # one core has no room for a worker
    }
    rates = images_per_second(loops, case.n, repetitions)
    ours = rates.pop("engine")
    fastest = max(rates, key=lambda name: statistics.median(rates[name]))
    theirs = rates[fastest]
    # a training step is a forward pass and a backward one that costs two of it
    operations = 2 * 3 * multiply_adds(network(case, device), case.shape)
    return {
        "device": devices.describe(device),
        "image": "×".join(map(str, case.shape)),
        "width": case.width,
        "augmentation": "crop and flip" if augmented else "none",
        "engine, images/s": spread(ours),
        "plain loop, images/s": spread(theirs),
        "plain loop's DataLoader": fastest,
        "engine : plain loop": round(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)), 2),
        "engine : matrix product": round(statistics.median(ours) * operations / matrix_product_rate(device), 2),
    }


def spread(rates: list[float]) -> str:
    """Median, lowest and highest of some rates."""
    return f"{statistics.median(rates):.0f} ({min(rates):.0f}–{max(rates):.0f})"


def benchmark(repetitions: int = 4) -> list[dict[str, Any]]:
    """Compare the two loops on every case, with and without augmentation, on one core and on all.

    Returns
    -------
    list of dict
        One row per comparison: images per second (median, lowest, highest over the repetitions), the median ratio
        of the two loops, and the engine's arithmetic as a fraction of the device's float32 matrix-product rate.
    """
    threads = sorted({1, os.cpu_count() or 1})
    return [
        compare(case, augmented, number, repetitions)
        for number in threads
        for case in CASES
        for augmented in (False, True)
    ]


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file."""
    _, _, explanation = __doc__.partition("\n\n")
    keep(__file__, "Training throughput", explanation, {"Images per second: median (lowest–highest).": benchmark()})


if __name__ == "__main__":
    main()
