"""Training throughput: the engine beside a plain PyTorch loop with a DataLoader, on the same network and images.

The plain loop is what a good user would write: a TensorDataset of normalised images, or torchvision's transforms on
each image where there is augmentation, and a DataLoader with as many workers as make it fastest.
"""

import csv
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset
from torchvision import transforms

from rote import devices
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.training.engine import train_epoch
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe
from rote.training.seeds import Seeds

SHAPE, CLASSES = (32, 32, 3), 10
MEAN, STD = (0.49, 0.48, 0.45), (0.25, 0.24, 0.26)
BATCH_SIZE, PADDING = 128, 4
OPTIMIZER = {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}
WORKERS = (0, 2)


class AugmentedImages(Dataset[tuple[Tensor, int]]):
    """Images cropped, flipped and normalised one at a time by torchvision."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images, self.labels = images, labels
        steps = [transforms.ToPILImage(), transforms.RandomCrop(SHAPE[0], padding=PADDING)]
        steps += [transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
        self.transform = transforms.Compose(steps)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.images[index]), int(self.labels[index])


def network(width: int, device: torch.device) -> nn.Module:
    """Pre-activation ResNet18 in training mode."""
    model = build("preactivation_resnet18", image_shape=SHAPE, n_classes=CLASSES, seed=0, width=width)
    return model.to(device).train()


def plain_epoch(
    images: np.ndarray, labels: np.ndarray, width: int, augmented: bool, workers: int, device: torch.device
) -> Callable[[], Any]:
    """Function that trains one epoch by the plain loop."""
    if augmented:
        dataset: Dataset[Any] = AugmentedImages(images, labels)
    else:
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
        dataset = TensorDataset(transforms.Normalize(MEAN, STD)(pixels), torch.from_numpy(labels))
    loader = DataLoader(
        dataset,
        BATCH_SIZE,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=device.type == "cuda",
    )
    model = network(width, device)
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
    images: np.ndarray, labels: np.ndarray, width: int, augmented: bool, device: torch.device
) -> Callable[[], Any]:
    """Function that trains one epoch by the engine."""
    augmentation = {"crop_padding": PADDING, "flip": True} if augmented else {}
    recipe = Recipe.from_config(
        {
            "optimizer": {"name": "sgd"} | OPTIMIZER,
            "epochs": 1,
            "batch_size": BATCH_SIZE,
            "augmentation": augmentation,
        }
    )
    examples = Examples.on(device, images, labels)
    normalisation = Normalisation(MEAN, STD, device, memory_format=recipe.memory_format)
    model = network(width, device).to(memory_format=recipe.memory_format)
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


def benchmark(n: int = 1024, widths: tuple[int, ...] = (8, 16), repetitions: int = 5) -> list[dict[str, Any]]:
    """Time epochs of `n` images, turn by turn, after one epoch each to warm up.

    Returns
    -------
    list of dict
        One row per width, augmentation and loop: images per second (median, lowest, highest), the engine's ratio to
        the loop (median over the turns), and the fraction of the device's matrix-product rate.
    """
    device = devices.pick()
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (n, *SHAPE), dtype=np.uint8)
    labels = generator.integers(0, CLASSES, n)
    peak = matrix_product_rate(device)
    rows = []
    for width in widths:
        operations = 2 * 3 * multiply_adds(network(width, device), SHAPE)  # the backward pass costs two forward ones
        for augmented in (False, True):
            loops = {"engine": engine_epoch(images, labels, width, augmented, device)} | {
                f"plain, {workers} workers": plain_epoch(images, labels, width, augmented, workers, device)
                for workers in WORKERS
            }
            rates: dict[str, list[float]] = {name: [] for name in loops}
            for turn in range(repetitions + 1):
                for name, epoch in loops.items():
                    start = time.perf_counter()
                    epoch()
                    if turn > 0:
                        rates[name].append(n / (time.perf_counter() - start))
            for name, rate in rates.items():
                ratios = [ours / theirs for ours, theirs in zip(rates["engine"], rate, strict=True)]
                rows.append(
                    {
                        "device": devices.describe(device),
                        "width": width,
                        "augmentation": "crop and flip" if augmented else "none",
                        "loop": name,
                        "images per second": round(statistics.median(rate)),
                        "lowest": round(min(rate)),
                        "highest": round(max(rate)),
                        "engine is faster by": round(statistics.median(ratios), 2),
                        "of matrix-product rate": f"{statistics.median(rate) * operations / peak:.0%}",
                    }
                )
    return rows


def as_markdown(rows: list[dict[str, Any]]) -> str:
    """A table of rows that have the same keys."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file."""
    rows = benchmark()
    record = Path(__file__).with_suffix(".csv")
    with record.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    record.with_suffix(".md").write_text(f"# Training throughput\n\n{as_markdown(rows)}")
    sys.stdout.write(as_markdown(rows))


if __name__ == "__main__":
    main()
