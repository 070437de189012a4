"""Stitches: fronts computed once and stitches of a tail trained together, and two whole networks for every batch.

Measured is the training of stitches from several networks into the tail of one, at the ends of the four stages of a
ResNet18. Plainly, as published (Csiszárik et al. 2021), each stitch is trained by itself: for each batch the first
network runs whole, its activation goes through the stitch and takes the place of the second network's own, which runs
whole too. Ours (`rote.stitching`) computes the activations of each front once, and runs only the tail, for all
stitches at once; in its time are least squares, which the plain way lacks, and it scores stitches before and after.
Both start from the identity, see the same batches and take turns within one process. The largest difference of a test
logit is of the trained stitches.
"""

import argparse
import statistics
import time
from typing import Any

import numpy as np
import torch
from record import as_markdown, keep
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from rote import devices
from rote.models.cuts import front, tail
from rote.seeds import Seeds
from rote.stitching.recipe import StitchRecipe
from rote.stitching.stitched import stitch_networks
from rote.training.blueprint import Blueprint
from rote.training.examples import Examples
from rote.training.networks import TrainedNetwork

CLASSES, SHAPE, N_TRAINING, N_TEST, FRONTS, WIDTH = 10, (32, 32, 3), 128, 64, 4, 8
CUTS = ("stage_1", "stage_2", "stage_3", "stage_4")
SEEDS = Seeds(0, "benchmark")


class Setting:
    """Networks, images and a recipe."""

    def __init__(self, passes: int) -> None:
        self.device = devices.pick(threads=1)
        generator = np.random.default_rng(0)
        self.training, self.test = (
            Examples.on(
                self.device,
                generator.integers(0, 256, (n, *SHAPE), dtype=np.uint8),
                generator.integers(0, CLASSES, n),
            )
            for n in (N_TRAINING, N_TEST)
        )
        self.into, *others = (self._network(seed) for seed in range(FRONTS + 1))
        self.fronts = {f"front {number}": network for number, network in enumerate(others)}
        self.batch_size = 32
        self.recipe = StitchRecipe.from_config(
            {
                "optimizer": {"name": "sgd", "learning_rate": 0.05},
                "steps": passes * N_TRAINING // self.batch_size,
                "batch_size": self.batch_size,
                "start": "identity",
            }
        )

    def _network(self, seed: int) -> TrainedNetwork:
        architecture = {"name": "preactivation_resnet18", "width": WIDTH}
        blueprint = Blueprint(architecture, SHAPE, CLASSES, (0.5,) * 3, (0.3,) * 3)
        model = blueprint.untrained(seed).to(memory_format=torch.channels_last)
        normalisation = blueprint.normalisation(self.device)
        with torch.no_grad():
            for _ in range(20):
                model.train()(normalisation(self.training.images))
        return TrainedNetwork(model.eval(), normalisation, 0, blueprint, self.device)

    def ours(self, cut: str) -> list[nn.Module]:
        """By `rote.stitching`."""
        found = stitch_networks(
            self.fronts,
            self.into,
            cut,
            self.training,
            self.test,
            recipe=self.recipe,
            seeds=SEEDS,
        )
        return [one.stitch for one in found]

    def plain(self, cut: str) -> list[nn.Module]:
        """Two whole networks for every batch, one stitch after the other."""
        channels = WIDTH * 2 ** CUTS.index(cut)
        for parameter in self.into.model.parameters():
            parameter.requires_grad_(False)
        made: list[nn.Module] = []
        for network in self.fronts.values():
            stitch = nn.Conv2d(channels, channels, 1)
            with torch.no_grad():
                stitch.weight.copy_(torch.eye(channels)[:, :, None, None])
                stitch.bias.zero_()  # type: ignore[union-attr]
            taken: dict[str, Tensor] = {}
            hooks = [
                network.model.get_submodule(network.model.taps[cut].module).register_forward_hook(
                    lambda module, inputs, output, taken=taken: taken.update(activation=output.detach())
                ),
                self.into.model.get_submodule(self.into.model.taps[cut].module).register_forward_hook(
                    lambda module, inputs, output, taken=taken, stitch=stitch: stitch(taken["activation"])
                ),
            ]
            optimizer = self.recipe.optimizer.build(stitch.parameters())
            step = passes = 0
            while step < self.recipe.steps:
                order = torch.from_numpy(SEEDS.generator("order of stitching", passes).permutation(N_TRAINING))
                for chosen in torch.split(order, self.batch_size):
                    images, labels = self.training.images[chosen], self.training.true_labels[chosen]
                    with torch.no_grad():
                        network.model(network.normalisation(images))
                    loss = cross_entropy(self.into.model(self.into.normalisation(images)), labels)
                    optimizer.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    step += 1
                passes += 1
            for hook in hooks:
                hook.remove()
            made.append(stitch)
        return made

    @torch.no_grad()
    def logits(self, cut: str, stitches: list[nn.Module]) -> Tensor:
        """Test logits with each stitch."""
        return torch.stack(
            [
                tail(self.into.model, cut)(stitch(front(network.model, cut)(network.normalisation(self.test.images))))
                for network, stitch in zip(self.fronts.values(), stitches, strict=True)
            ]
        )


def compare(setting: Setting, cut: str, repetitions: int) -> dict[str, Any]:
    """Time both ways at one cut, turn by turn."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    found: dict[str, list[nn.Module]] = {}
    for turn in range(repetitions + 1):
        for name, way in {"plain": setting.plain, "ours": setting.ours}.items():
            start = time.process_time()
            found[name] = way(cut)
            if turn > 0 or repetitions == 0:
                seconds[name].append(time.process_time() - start)
    plain, ours = (setting.logits(cut, found[name]) for name in ("plain", "ours"))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    return {
        "cut": cut,
        "stitches": FRONTS,
        "steps": setting.recipe.steps,
        "passes": setting.recipe.steps * setting.batch_size // N_TRAINING,
        "plain, CPU-s": f"{medians['plain']:.2f}",
        "ours, CPU-s": f"{medians['ours']:.2f}",
        "plain : ours": f"{medians['plain'] / medians['ours']:.2f}",
        "largest difference of a logit": f"{float((plain - ours).abs().max()):.1e}",
        "predictions": "equal" if torch.equal(plain.argmax(-1), ours.argmax(-1)) else "differ",
    }


def total(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """All cuts together."""
    plain, ours = (sum(float(row[f"{name}, CPU-s"]) for row in rows) for name in ("plain", "ours"))
    return {
        **rows[0],
        "cut": "all four",
        "stitches": FRONTS * len(rows),
        "plain, CPU-s": f"{plain:.2f}",
        "ours, CPU-s": f"{ours:.2f}",
        "plain : ours": f"{plain / ours:.2f}",
        "largest difference of a logit": max((row["largest difference of a logit"] for row in rows), key=float),
        "predictions": "equal" if all(row["predictions"] == "equal" for row in rows) else "differ",
    }


def main() -> None:
    """Run the benchmark, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few passes, no repetition, no record")
    quick = parser.parse_args().quick
    setting = Setting(2 if quick else 15)
    rows = [compare(setting, cut, 0 if quick else 1) for cut in CUTS]
    rows.append(total(rows))
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    text = f"{explanation}\nResNet18 of width {WIDTH}, 32 px, {N_TRAINING} training images."
    keep(__file__, "Stitching", text, {"CPU-seconds on one core.": rows})


if __name__ == "__main__":
    main()
