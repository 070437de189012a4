"""Certification throughput: many images' draws in a batch beside the textbook loop, on the same networks and images.

The textbook loop is a straight port of Algorithm CERTIFY: one image at a time, up to 1,000 draws in a batch, a float
image repeated and noise added to it, normalisation as the classifier's first layer, PyTorch's default order in memory,
predictions counted in Python. Both certify digits, in pixel noise of 0.25, with a network that was trained on other
digits in that noise; the 32 px images are the same digits enlarged. Draws that curtailment saves count as done, so that
rates compare at equal results; one way of ours is not curtailed. Ours runs the network's inference form, and its radii
are held against those by the network itself in the same noise.

Each way has a process of its own, and they take turns: what one frees, another would find. Ours keeps the memory that
it frees, as the study's jobs do (`rote.devices`); the textbook loop is measured as it is and with that setting.

Time is CPU time of one core, as the study's jobs have one core each. The floor is what the forward passes cannot do
without in float32: the multiplications in which no zero of the padding is, at the rate of a large matrix product on
this core.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from copy import deepcopy
from multiprocessing import get_context
from typing import Any, NamedTuple

import numpy as np
import torch
from record import as_markdown, keep
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torchvision import transforms
from training_throughput import matrix_product_rate, spread

from rote import devices
from rote.config.certification import Certification
from rote.models.build import build
from rote.robustness.bounds import certified_radius
from rote.robustness.certify import Certificate, certify
from rote.robustness.examples import default_batch_size, memory_format
from rote.seeds import Seeds
from rote.training.engine import train_epoch
from rote.training.examples import Examples
from rote.training.inference import inference_form
from rote.training.inputs import Normalisation
from rote.training.recipe import Recipe

SIGMA, N0, N, ALPHA = 0.25, 100, 1000, 0.001
TEXTBOOK_BATCH = 1000


class Case(NamedTuple):
    """A network, the side of its images in pixels, the epochs that it is trained, and the images to certify."""

    architecture: str
    width: int
    side: int
    epochs: int
    images: int


CASES = (
    Case("preactivation_resnet18", 8, 8, 10, 40),
    Case("resnet", 16, 8, 10, 40),
    Case("preactivation_resnet18", 8, 32, 2, 8),
    Case("resnet", 16, 32, 2, 8),
)
RECIPE = {
    "optimizer": {"name": "adam", "learning_rate": 0.002},
    "epochs": 10,
    "batch_size": 64,
    "input_noise": {"standard_deviation": SIGMA, "units": "pixel"},
}


class Trained(NamedTuple):
    """A network that was trained on digits, and others to certify; other processes take it as it is."""

    case: Case
    state: dict[str, Tensor]
    images: Tensor
    mean: list[float]
    std: list[float]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an image, (H, W, C)."""
        return self.case.side, self.case.side, 1

    def network(self, device: torch.device) -> nn.Module:
        """The network in evaluation mode."""
        network = untrained(self.case)
        network.load_state_dict(self.state)
        return network.to(device).eval()


def untrained(case: Case) -> nn.Module:
    """The case's network before training."""
    options: dict[str, Any] = {} if case.architecture != "resnet" else {"depth": 18, "stem": "cifar"}
    shape = (case.side, case.side, 1)
    return build(case.architecture, image_shape=shape, n_classes=10, seed=0, width=case.width, **options)


def train(case: Case, device: torch.device) -> Trained:
    """Train the case's network on the digits that are not certified."""
    digits = load_digits()
    small = (255 / 16 * digits.images).astype(np.uint8)
    pixels = np.kron(small, np.ones((case.side // 8, case.side // 8), np.uint8))[..., None]
    network = untrained(case)
    recipe = Recipe.from_config(RECIPE)
    examples = Examples.on(device, pixels[case.images :], digits.target[case.images :].astype(np.int64))
    mean, std = [float((pixels / 255).mean())], [float((pixels / 255).std())]
    normalisation = Normalisation(mean, std, device, memory_format=recipe.memory_format)
    network.to(device).to(memory_format=recipe.memory_format).train()
    optimizer = recipe.optimizer.build(network.parameters())
    for epoch in range(1, case.epochs + 1):
        train_epoch(network, optimizer, recipe, examples, normalisation, Seeds(0, "benchmark"), epoch)
    return Trained(case, network.cpu().state_dict(), torch.from_numpy(pixels[: case.images]), mean, std)


def textbook(trained: Trained, device: torch.device) -> Callable[[], list[float]]:
    """Function that certifies as the textbook does and gives radii, NaN for an abstention."""
    classifier = nn.Sequential(transforms.Normalize(trained.mean, trained.std), trained.network(device))

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
        radii = []
        for image in trained.images:
            pixels = (image.permute(2, 0, 1).float() / 255).to(device)
            top = counts(pixels, N0).argmax()
            radii.append(float(certified_radius(counts(pixels, N)[top], N, SIGMA, ALPHA)))
        return radii

    return certify_all


def ours(
    trained: Trained, device: torch.device, inference: bool = True, curtail: bool = True
) -> Callable[[], list[Certificate]]:
    """Function that certifies as `rote` does: the network's inference form, or the network as it was trained."""
    network = trained.network(device)
    if inference:
        network = inference_form(network, trained.shape)
    order = memory_format(device, trained.shape)
    network.to(memory_format=order)
    normalisation = Normalisation(trained.mean, trained.std, device, memory_format=order)

    def generator(image: int, block: int) -> torch.Generator:
        return torch.Generator(device).manual_seed(
            Seeds(0, f"benchmark, example {image}").integer_seed("certification noise", block)
        )

    def certify_all() -> list[Certificate]:
        found = certify(
            network,
            trained.images,
            normalisation=normalisation,
            certification=Certification(standard_deviation=SIGMA, noise_units="pixel", n0=N0, n=N, alpha=ALPHA),
            batch_size=default_batch_size(device, trained.shape),
            generator=generator,
            curtail=curtail,
        )
        return sorted(found, key=lambda certificate: certificate.image)

    return certify_all


def multiplications(network: nn.Module, shape: tuple[int, int, int]) -> int:
    """Multiplications of a forward pass that no zero of the padding is in."""
    found = 0

    def add(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        nonlocal found
        if isinstance(layer, nn.Linear):
            found += layer.weight.numel()
        elif isinstance(layer, nn.Conv2d):
            pixels, taps = torch.ones(1, 1, *inputs[0].shape[2:]), torch.ones(1, 1, *layer.kernel_size)
            inside = nn.functional.conv2d(pixels, taps, None, layer.stride, layer.padding, layer.dilation).sum()
            found += int(inside) * layer.weight[:, :, 0, 0].numel()

    copy = deepcopy(network)
    for layer in copy.modules():
        layer.register_forward_hook(add)
    copy(torch.zeros(1, shape[2], *shape[:2]))
    return found


WAYS: dict[str, tuple[Callable[..., Callable[[], list[Any]]], dict[str, bool]]] = {
    "textbook": (textbook, {}),
    "textbook, kept": (textbook, {}),
    "ours": (ours, {}),
    "full": (ours, {"curtail": False}),
    "network": (ours, {"inference": False}),
}


class Turn(NamedTuple):
    """Draws per CPU second of one way, and the radii that it found: NaN for an abstention."""

    rate: float
    radii: np.ndarray


PREPARED: dict[str, Callable[[], list[Any]]] = {}


def prepare(trained: Trained, way: str) -> None:
    """Set this process up to certify one way."""
    if way != "textbook":
        devices.keep_freed_memory()
    torch.set_num_threads(1)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    make, options = WAYS[way]
    PREPARED["way"] = make(trained, device, **options)


def take_turn(draws: int) -> Turn:
    """Certify the images the way that this process was set up for."""
    start = time.process_time()
    found = PREPARED["way"]()
    rate = draws / (time.process_time() - start)
    return Turn(rate, np.array([c.radius if isinstance(c, Certificate) else c for c in found], np.float64))


def compare(case: Case, repetitions: int) -> dict[str, Any]:
    """Time all ways on one case, each in a process of its own, turn by turn after once to warm up."""
    device = devices.pick(threads=1)
    trained = train(case, device)
    spawn = get_context("spawn")
    with ExitStack() as stack:
        processes = {
            way: stack.enter_context(ProcessPoolExecutor(1, spawn, initializer=prepare, initargs=(trained, way)))
            for way in WAYS
        }
        turns = [
            {way: process.submit(take_turn, case.images * (N0 + N)).result() for way, process in processes.items()}
            for _ in range(repetitions + 1)
        ]
    rates = {way: [turn[way].rate for turn in turns[1:]] for way in WAYS}
    plain, radii, textbook_radii = (turns[-1][way].radii for way in ("network", "ours", "textbook"))

    def ratio(way: str, to: str) -> float:
        return round(statistics.median(a / b for a, b in zip(rates[way], rates[to], strict=True)), 2)

    floor = matrix_product_rate(device, size=1024, repetitions=40) / (
        2 * multiplications(untrained(case).eval(), trained.shape)
    )
    return {
        "network": f"{case.architecture}, width {case.width}",
        "image": "×".join(map(str, trained.shape)),
        "images": case.images,
        "abstain": f"{np.isnan(radii).mean():.0%} ({np.isnan(textbook_radii).mean():.0%})",
        "mean radius": f"{np.nanmean(radii):.3f} ({np.nanmean(textbook_radii):.3f})",
        "radii unlike the plain network's": int((~np.isclose(plain, radii, rtol=0, atol=0, equal_nan=True)).sum()),
        "textbook, draws/s": spread(rates["textbook"]),
        "textbook keeping memory, draws/s": spread(rates["textbook, kept"]),
        "ours, draws/s": spread(rates["ours"]),
        "ours not curtailed, draws/s": spread(rates["full"]),
        "ours : textbook": ratio("ours", "textbook"),
        "ours : textbook keeping memory": ratio("ours", "textbook, kept"),
        "floor, draws/s": round(floor),
        "floor : textbook": round(floor / statistics.median(rates["textbook"]), 2),
    }


def benchmark(cases: tuple[Case, ...] = CASES, repetitions: int = 3) -> list[dict[str, Any]]:
    """Compare both ways on some cases; one row each."""
    return [compare(case, repetitions) for case in cases]


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few images, no record")
    if parser.parse_args().quick:
        print(as_markdown(benchmark(tuple(case._replace(images=case.images // 4) for case in CASES), repetitions=2)))
        return
    _, _, explanation = __doc__.partition("\n\n")
    heading = "Draws per second: median (lowest–highest). In brackets what the textbook loop found, with other noise."
    keep(__file__, "Certification throughput", explanation, {heading: benchmark()})


if __name__ == "__main__":
    main()
