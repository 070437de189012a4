"""Rewinding: suffixes of the network alone, and every network evaluated as a whole.

Measured are the accuracies on training and test images of a network with each of its convolutions set back to each of
some epochs. Plainly these weights are loaded and all images are evaluated. Ours runs each batch through the network
once, and from the layer on once for each epoch (`rote.rewinding.rewound`). Both see the same batches and layout, take
turns within one process, and give the same counts. What passes alone would gain follows from the multiply-adds from
each layer's segment on; early layers take more time than their multiply-adds say, so it may be exceeded. The last rows
are of one layer alone: the later it is, the more is spared.
"""

import argparse
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from record import as_markdown, keep
from torch import Tensor, nn

from rote import devices
from rote.models.build import build
from rote.models.layers import layers_with_weights
from rote.models.network import Network
from rote.rewinding.rewound import rewind
from rote.seeds import Seeds
from rote.training.evaluation import groups, predict
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

CLASSES, SHAPE, EPOCHS, N_TRAINING, N_TEST = 100, (32, 32, 3), 6, 128, 128
CASES = {"VGG16, width 16": ("vgg", {"width": 16}), "ResNet18, width 16": ("resnet", {"depth": 18, "width": 16})}
States = Mapping[int, Mapping[str, Tensor]]
Counts = Mapping[str, NDArray[np.int64]]


class Setting:
    """A network, the states of its epochs, and images."""

    def __init__(self, title: str) -> None:
        self.device = devices.pick(threads=1)
        architecture, options = CASES[title]
        self.network: Network = build(architecture, image_shape=SHAPE, n_classes=CLASSES, seed=0, **options)
        self.network.to(memory_format=torch.channels_last).eval()
        draw = torch.Generator().manual_seed(0)
        self.states: dict[int, Mapping[str, Tensor]] = {}
        for epoch in range(EPOCHS):
            self.states[epoch] = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
            with torch.no_grad():
                for parameter in self.network.parameters():
                    parameter += 0.01 * torch.randn(parameter.shape, generator=draw)
        generator = np.random.default_rng(0)
        self.training, self.test = (
            Examples.on(
                self.device,
                generator.integers(0, 256, (n, *SHAPE), dtype=np.uint8),
                generator.integers(0, CLASSES, n),
                permuted=np.arange(n) % 2 == 1,
            )
            for n in (N_TRAINING, N_TEST)
        )
        self.normalisation = Normalisation([0.5] * 3, [0.3] * 3, self.device)
        self.layers = layers_with_weights(self.network, SHAPE)
        self.convolutions = [path for path in self.layers if isinstance(self.network.get_submodule(path), nn.Conv2d)]

    def plain(self, paths: Sequence[str]) -> Counts:
        """Every network loaded and evaluated as a whole."""
        own = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
        graded = groups(self.training, self.test)
        found = {name: np.zeros((len(paths), EPOCHS), np.int64) for name in graded}
        for i, path in enumerate(paths):
            modules = {path, *self.layers[path].batch_norms}
            for epoch, state in self.states.items():
                back = {name: tensor for name, tensor in state.items() if name.rpartition(".")[0] in modules}
                self.network.load_state_dict(own | back)
                logits = {
                    of: predict(self.network, examples.images, self.normalisation, "float32")
                    for of, examples in (("training", self.training), ("test", self.test))
                }
                for name, (of, labels, members) in graded.items():
                    found[name][i, epoch] = int((logits[of].argmax(1) == labels)[members].sum())
        self.network.load_state_dict(own)
        return found

    def ours(self, paths: Sequence[str]) -> Counts:
        """The same by `rote.rewinding`."""
        return rewind(
            self.network,
            self.states.items(),
            self.training,
            self.test,
            self.normalisation,
            seeds=Seeds(),
            layers={path: [path] for path in paths},
        ).correct

    def by_passes(self, paths: Sequence[str]) -> float:
        """What multiply-adds alone would gain."""
        products = {}
        for path in self.layers:
            module = self.network.get_submodule(path)
            module.register_forward_hook(
                lambda module, _, output, path=path: products.__setitem__(
                    path, module.weight[0].numel() * output[0].numel()
                )
            )
        self.network(torch.zeros(1, SHAPE[2], *SHAPE[:2]))
        segments = list(self.network.segments())
        depth = {path: segments.index(layer.segment) for path, layer in self.layers.items()}
        whole = sum(products.values())
        behind = [sum(products[other] for other in products if depth[other] >= depth[path]) for path in paths]
        return len(paths) * EPOCHS * whole / (whole + EPOCHS * sum(behind))


def compare(title: str, last: bool, repetitions: int) -> dict[str, Any]:
    """Time both ways on one network, turn by turn, for all convolutions or the last one."""
    setting = Setting(title)
    paths = setting.convolutions[-1:] if last else setting.convolutions
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    found: dict[str, Counts] = {}
    for turn in range(repetitions + 1):
        for name, way in {"plain": setting.plain, "ours": setting.ours}.items():
            start = time.process_time()
            found[name] = way(paths)
            if turn > 0:
                seconds[name].append(time.process_time() - start)
    equal = all((found["ours"][group] == counts).all() for group, counts in found["plain"].items())
    ratios = [a / b for a, b in zip(seconds["plain"], seconds["ours"], strict=True)]
    return {
        "network": title,
        "set back": "last convolution" if last else f"{len(paths)} convolutions",
        "epochs": EPOCHS,
        "images": N_TRAINING + N_TEST,
        **{f"{name}, CPU-s": f"{statistics.median(values):.2f}" for name, values in seconds.items()},
        "plain : ours": f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
        "by passes": f"{setting.by_passes(paths):.2f}",
        "counts": "equal" if equal else "differ",
    }


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repetition, no record")
    quick = parser.parse_args().quick
    rows = [compare(title, last, 1 if quick else 2) for last in (False, True) for title in CASES]
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    keep(__file__, "Rewinding", explanation, {"CPU-seconds on one core, median of turns.": rows})


if __name__ == "__main__":
    main()
