"""Certified radii of a classifier that is smoothed by Gaussian noise.

Algorithm CERTIFY of Cohen, Rosenfeld & Kolter, "Certified Adversarial Robustness via Randomized Smoothing" (2019):
some draws of noise choose an image's class, fresh ones count it, and the count bounds the radius. Here the draws of
many images share a batch, and an image that can only abstain is left alone.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rote.config.certification import Certification
from rote.config.noise import NoiseUnits
from rote.errors import ConfigError, DataError
from rote.options import check_choice, check_positive
from rote.robustness.bounds import certified_radius, smallest_certifiable_count
from rote.training.inputs import InputNoise, Normalisation

BLOCK = 100  # draws that share a generator: another number is other noise

Generator = Callable[[int, int], torch.Generator]


@dataclass(frozen=True)
class Certificate:
    """What is certain of the smoothed classifier at one image.

    Attributes
    ----------
    image : int
        Number of the image among those given.
    predicted_class : int or None
        None where the certificate abstains.
    radius : float or None
        Euclidean, in the units of the noise; None where the certificate abstains.
    top_class : int
        Class that most of the first draws are predicted as, the first of several.
    count : int
        Number of the counted draws that are predicted as `top_class`.
    draws : int
        Number of draws counted; without the first ones, which choose the class.
    curtailed : bool
        Whether counting ended early, as no count could have certified any more.
    """

    image: int
    predicted_class: int | None
    radius: float | None
    top_class: int
    count: int
    draws: int
    curtailed: bool


def certify(
    classifier: Callable[[Tensor], Tensor],
    images: Tensor,
    *,
    certification: Certification,
    normalisation: Normalisation,
    batch_size: int,
    generator: Generator,
    curtail: bool = True,
) -> Iterator[Certificate]:
    """Certify the predictions of a smoothed classifier, Algorithm CERTIFY of Cohen et al. (2019).

    Parameters
    ----------
    classifier : callable
        Maps normalised images (B, C, H, W) to logits (B, n_classes). A Module is put into evaluation mode, in which
        it is left.
    images : Tensor
        Raw images, shape (N, H, W, C), uint8.
    certification : Certification
        Its `standard_deviation` of the noise; numbers of draws `n0` that choose an image's class and `n` that are
        counted; probability `alpha` of an incorrect certificate, in (0, 1); and `noise_units`, what it and the
        radii are in: pixels of [0, 1], the normalisation being part of the classifier, as in Cohen et al., or the
        normalised input, as the code of Jamroz & Kurdziel has it.
    normalisation : Normalisation
        On the device of the classifier.
    batch_size : int
        Largest number of draws in a forward pass.
    generator : callable
        Gives the generator, on the device, for the number of an image and of a block of at most `BLOCK` of its draws.
    curtail : bool
        Whether an image whose misses leave it no chance of a certificate is given up after that block. No certificate
        depends on it.

    Yields
    ------
    Certificate
        As images are finished. A certificate depends on its image and its generators: neither on the other images nor
        on `batch_size`, but for draws whose two largest logits differ by less than rounding.

    Raises
    ------
    ConfigError
        At the call: if an argument is out of its range, or `n` is too small to certify anything.
    DataError
        While certifying: if a logit is not finite.
    """
    standard_deviation, alpha = certification.standard_deviation, certification.alpha
    n0, n = certification.n0, certification.n
    check_positive(n0=n0, batch_size=batch_size)
    check_choice("noise units", certification.noise_units, get_args(NoiseUnits))
    least = smallest_certifiable_count(n, alpha)
    if least > n:
        raise ConfigError(f"n = {n} draws can certify nothing at alpha = {alpha}: give more than log₂(1/alpha).")
    certified_radius(least, n, standard_deviation, alpha)  # refuses such a standard_deviation before any work
    if isinstance(classifier, nn.Module):
        classifier.eval()
    noise = InputNoise(standard_deviation=standard_deviation, units=certification.noise_units)
    count = partial(_count, classifier, normalisation, noise, generator, batch_size)
    given = (_Image(number, _normalised(images, number, normalisation), n0, n) for number in range(len(images)))
    most_misses = n - least if curtail else n
    return _certificates(given, count, max(1, batch_size // BLOCK), most_misses, standard_deviation, alpha)


class _Block(NamedTuple):
    """Draws of one image that share a generator."""

    image: "_Image"
    number: int
    draws: int
    chooses: bool


class _Image:
    """An image, its blocks still to draw, and its counts so far."""

    def __init__(self, number: int, inputs: Tensor, n0: int, n: int) -> None:
        self.number, self.inputs, self.n = number, inputs, n
        blocks = [*((draws, True) for draws in _parts(n0)), *((draws, False) for draws in _parts(n))]
        self.blocks = (_Block(self, index, *block) for index, block in enumerate(blocks))
        self.choice: NDArray[np.int64] | int = 0
        self.count = self.draws = 0

    @property
    def top_class(self) -> int:
        return int(np.argmax(self.choice))

    def add(self, block: _Block, counts: NDArray[np.int64]) -> None:
        if block.chooses:
            self.choice = self.choice + counts
        else:
            self.count += int(counts[self.top_class])
            self.draws += block.draws

    def is_finished(self, most_misses: int) -> bool:
        return self.draws == self.n or self.draws - self.count > most_misses

    def certificate(self, standard_deviation: float, alpha: float) -> Certificate:
        curtailed = self.draws < self.n
        radius = np.nan if curtailed else float(certified_radius(self.count, self.n, standard_deviation, alpha))
        if np.isnan(radius):
            return Certificate(self.number, None, None, self.top_class, self.count, self.draws, curtailed)
        return Certificate(self.number, self.top_class, radius, self.top_class, self.count, self.draws, curtailed)


def _parts(draws: int) -> list[int]:
    return [min(BLOCK, draws - start) for start in range(0, draws, BLOCK)]


def _normalised(images: Tensor, number: int, normalisation: Normalisation) -> Tensor:
    return normalisation(images[number : number + 1].to(normalisation.scale.device))


def _certificates(
    images: Iterator[_Image],
    count: Callable[[Sequence[_Block]], NDArray[np.int64]],
    places: int,
    most_misses: int,
    standard_deviation: float,
    alpha: float,
) -> Iterator[Certificate]:
    """Certify with `places` blocks in a batch, of as many images as there are: few draws then prove needless."""
    at_work: list[_Image] = []
    while True:
        at_work += islice(images, places - len(at_work))
        if not at_work:
            return
        blocks = _next_blocks(at_work, places)
        for block, counts in zip(blocks, count(blocks), strict=True):
            if not block.image.is_finished(most_misses):
                block.image.add(block, counts)
        for image in at_work:
            if image.is_finished(most_misses):
                yield image.certificate(standard_deviation, alpha)
        at_work = [image for image in at_work if not image.is_finished(most_misses)]


def _next_blocks(images: Sequence[_Image], places: int) -> list[_Block]:
    """The next blocks of some images by turns, each image's in their order."""
    blocks: list[_Block] = []
    turns = deque(images)
    while turns and len(blocks) < places:
        image = turns.popleft()
        if (block := next(image.blocks, None)) is not None:
            blocks.append(block)
            turns.append(image)
    return blocks


@torch.inference_mode()
def _count(
    classifier: Callable[[Tensor], Tensor],
    normalisation: Normalisation,
    noise: InputNoise,
    generator: Generator,
    batch_size: int,
    blocks: Sequence[_Block],
) -> NDArray[np.int64]:
    """How often each class is predicted in each block, (blocks, n_classes); counted on the device."""
    noisy = []
    for image, number, draws, _ in blocks:
        inputs = image.inputs.expand(draws, -1, -1, -1).clone(memory_format=torch.contiguous_format)  # fast to fill
        noisy.append(noise.add(inputs, normalisation, generator(image.number, number)))
    batch = torch.cat(noisy).contiguous(memory_format=normalisation.memory_format)
    logits = torch.cat([classifier(part) for part in batch.chunk(-(-len(batch) // batch_size))])
    if not logits.isfinite().all():
        raise DataError("a logit of a noisy image is a NaN or an infinity. Look for a network that diverged.")
    shape = len(blocks), logits.shape[1]
    sizes = torch.tensor([block.draws for block in blocks], device=logits.device)
    rows = torch.repeat_interleave(torch.arange(len(blocks), device=logits.device), sizes)
    counts = torch.bincount(rows * shape[1] + logits.argmax(1), minlength=shape[0] * shape[1]).view(shape)
    return counts.cpu().numpy()
