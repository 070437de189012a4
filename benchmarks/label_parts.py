"""Parts of the gradient: ours, and five losses each with a forward pass of its own.

Measured are, for every convolution and fully connected layer, the label-dependent and label-independent parts of the
gradient of all, of unpermuted and of permuted examples, about the centre of Eq. 15 of Stephenson et al. (2021). Plainly
these are five passes over the images: the mean logit of the label and the mean logarithm of the partition function, of
all examples and of the two groups, and the mean of all logits; each with a forward and a backward pass, by `backward`
of the loss, summed in float64. Ours runs forward once and backward three times, on batches of one group each, with
batch norms folded into convolutions (`rote.gradients.parts`). Both see the same batches and layout and take turns
within one process. Passes alone, a backward one taken for two forward ones, are 15 against 7. The largest relative
difference of norms is given in float32, where a ReLU whose input is nearly 0 may fall on the other side of it, and in
float64.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from record import as_markdown, keep
from torch import Tensor

from rote import devices
from rote.gradients.measure import norms
from rote.gradients.parts import label_parts
from rote.models.batch_norm import recalibrate
from rote.models.build import build
from rote.models.layers import layers_with_weights
from rote.models.network import Network
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

N, BATCH, CLASSES, SHAPE = 512, 128, 100, (32, 32, 3)
CASES = {"VGG16, width 16": ("vgg", {"width": 16}), "ResNet18, width 16": ("resnet", {"depth": 18, "width": 16})}
Norms = dict[tuple[str, str], Tensor]  # of the two parts, by group and layer
GROUPS = ("all", "unpermuted", "permuted")
BY_PASSES = 15 / 7


def plain(network: Network, examples: Examples, normalisation: Normalisation) -> Norms:
    """Label-dependent and label-independent parts by group and layer, each loss by itself."""
    weights = {path: network.get_parameter(f"{path}.weight") for path in layers_with_weights(network, SHAPE)}

    def gradient(chosen: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> dict[str, Tensor]:
        sums = {path: torch.zeros_like(weight, dtype=torch.float64) for path, weight in weights.items()}
        for block in torch.split(chosen, BATCH):
            network.zero_grad()
            loss(network(normalisation(examples.images[block])), examples.labels[block]).backward()
            for path, weight in weights.items():
                sums[path] += weight.grad
        return {path: total / len(chosen) for path, total in sums.items()}

    everything = torch.arange(len(examples))
    members = (everything, everything[~examples.permuted], everything[examples.permuted])
    centre = gradient(everything, lambda logits, labels: logits.mean(1).sum())
    found = {}
    for group, chosen in zip(GROUPS, members, strict=True):
        of_label = gradient(chosen, lambda logits, labels: -logits.gather(1, labels[:, None]).sum())
        of_partition = gradient(chosen, lambda logits, labels: logits.logsumexp(1).sum())
        for path in weights:
            found[group, path] = torch.stack(
                [(of_label[path] + centre[path]).norm(), (of_partition[path] - centre[path]).norm()]
            )
    return found


def ours(network: Network, examples: Examples, normalisation: Normalisation) -> Norms:
    """The same by `rote.gradients`."""
    parts = label_parts(network, examples, normalisation, ["classes"], BATCH)
    return {
        (group, layer): torch.tensor(norms(parts, group, layer, "classes")[1:3], dtype=torch.float64)
        for group in GROUPS
        for layer in parts.layers
    }


def compare(title: str, repetitions: int) -> dict[str, Any]:
    """Time both ways on one network, turn by turn."""
    device = devices.pick(threads=1)
    architecture, options = CASES[title]
    generator = np.random.default_rng(0)
    images, labels = generator.integers(0, 256, (N, *SHAPE), dtype=np.uint8), generator.integers(0, CLASSES, N)
    examples = Examples.on(device, images, labels, permuted=np.arange(N) % 2 == 1)
    normalisation = Normalisation([0.5] * 3, [0.3] * 3, device)
    network = build(architecture, image_shape=SHAPE, n_classes=CLASSES, seed=0, **options)
    network.to(memory_format=torch.channels_last).eval()
    recalibrate(network, [normalisation(examples.images[:BATCH])])

    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    found: dict[str, Norms] = {}
    for turn in range(repetitions + 1):
        for name, way in {"plain": plain, "ours": ours}.items():
            start = time.process_time()
            found[name] = way(network, examples, normalisation)
            if turn > 0:
                seconds[name].append(time.process_time() - start)
    few = replace(examples, **{name: getattr(examples, name)[:BATCH] for name in ("images", "labels", "permuted")})
    exact = (network.double(), few, Normalisation([0.5] * 3, [0.3] * 3, device, torch.float64))
    ratios = [a / b for a, b in zip(seconds["plain"], seconds["ours"], strict=True)]
    return {
        "network": title,
        "images": N,
        **{f"{name}, CPU-s": f"{statistics.median(values):.2f}" for name, values in seconds.items()},
        "plain : ours": f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        "by passes": f"{BY_PASSES:.2f}",
        "difference": f"{difference(found['plain'], found['ours']):.0e}",
        "in float64": f"{difference(plain(*exact), ours(*exact)):.0e}",
    }


def difference(found: Norms, others: Norms) -> float:
    """The largest relative difference of two ways' norms."""
    return max(((others[key] - norm).abs() / norm).max().item() for key, norm in found.items())


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition, no record")
    quick = parser.parse_args().quick
    rows = [compare(title, 1 if quick else 5) for title in CASES]
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    keep(__file__, "Parts of the gradient", explanation, {"CPU-seconds on one core, median of turns.": rows})


if __name__ == "__main__":
    main()
