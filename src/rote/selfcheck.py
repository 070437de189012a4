"""Are the numerical building blocks right on this machine? `make check`, or `python -m rote.selfcheck`.

Each part computes in float32, in the layouts and numbers of threads that the study uses, what it then computes in
float64 or in closed form. A wrong kernel of a library can end a process or leave a wrong number in silence, so each
part runs in a process of its own, and one that dies has failed.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from math import inf
from tempfile import TemporaryFile
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import gammaln, multigammaln
from torch import Tensor, nn

from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler import components
from rote.density.sampler.chain import run_chain
from rote.models.build import build
from rote.processor import describe
from rote.provenance import package_versions
from rote.seeds import Seeds
from rote.training.engine import train
from rote.training.examples import Examples
from rote.training.inputs import Normalisation
from rote.training.layout import training_layout
from rote.training.recipe import Recipe
from rote.training.stacked import StackData, train_stacked

CPU = torch.device("cpu")
REPETITIONS = 2  # a kernel that writes beyond its buffer may be right the first time
ROUNDING = 1e-5  # of the largest entry: sums of some thousand float32 numbers
THROUGH_A_NETWORK = 1e-3  # of the largest entry of a tensor's gradient: rounding grows with depth and batch norm
DRAWS = 3  # of a network's weights: where a ReLU lies at its edge, rounding alone changes a gradient, in few of them
NEGLIGIBLE = 1e-2  # of a network's largest gradient: a tensor's below it is not measured against itself
IN_FLOAT64 = 1e-9
PATIENCE = 300  # seconds for a part: a busy machine takes a tenth of it, the sampler's first compilation included
GEOMETRIES = ((1, 1), (1, 2), (3, 1), (3, 2), (7, 2))  # kernel and stride of the architectures' convolutions
WIDTHS = (1, 3, 4, 7, 8)
NETWORKS = ("preactivation_resnet18", "resnet", "plain_convolutional")


class Finding(NamedTuple):
    """How far one thing is from what it should be.

    Attributes
    ----------
    what : str
    error : float
        Largest difference, relative to the largest entry.
    bound : float
        Up to which it counts as rounding.
    """

    what: str
    error: float
    bound: float

    @property
    def right(self) -> bool:
        """Whether the error is rounding; a NaN is not."""
        return self.error <= self.bound


class Part(NamedTuple):
    """One building block: what it is, its check, and what to do where it is wrong."""

    title: str
    check: Callable[[], Iterator[Finding]]
    remedy: str


def relative_error(found: Tensor, expected: Tensor, floor: float = 1e-30) -> float:
    """Largest difference of two tensors, over the largest entry of `expected` or `floor`; NaN if there is one."""
    return ((found.double() - expected).abs().max() / expected.abs().max().clamp(min=floor)).item()


def convolutions(threads: int) -> Iterator[Finding]:
    """Output and gradients of single convolutions, grouped ones too, each in the layout in which it is trained."""
    torch.set_num_threads(threads)
    for channels, (kernel, stride), groups in product(WIDTHS, GEOMETRIES, (1, 4)):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            layer = nn.Conv2d(groups * channels, 2 * groups * channels, kernel, stride, kernel // 2, groups=groups)
            images = torch.randn(16, groups * channels, 8, 8)
        layout = training_layout(layer, torch.channels_last, CPU)
        expected = _gradients(layer.double(), images.double())
        layer = layer.float().to(memory_format=layout)
        inputs = images.contiguous(memory_format=layout)
        error = max(
            relative_error(found, right)
            for _ in range(REPETITIONS)
            for found, right in zip(_gradients(layer, inputs), expected, strict=True)
        )
        words = f"{kernel}×{kernel}, stride {stride}, {channels} input channels, {groups} groups, {threads} threads"
        yield Finding(words, error, ROUNDING)


def batch_norms(threads: int) -> Iterator[Finding]:
    """Output and gradients of batch norm in training mode."""
    torch.set_num_threads(threads)
    for channels, layout in product(WIDTHS, (torch.channels_last, torch.contiguous_format)):
        images = torch.randn(64, channels, 8, 8, generator=torch.Generator().manual_seed(0))
        expected = _gradients(nn.BatchNorm2d(channels).double(), images.double())
        found = _gradients(nn.BatchNorm2d(channels), images.contiguous(memory_format=layout))
        error = max(map(relative_error, found, expected))
        yield Finding(f"{channels} channels, {str(layout).removeprefix('torch.')}, {threads} threads", error, ROUNDING)


def _gradients(layer: nn.Module, images: Tensor) -> list[Tensor]:
    """Output, and the gradients of a loss that weighs all of it, by input and parameters."""
    inputs = images.clone(memory_format=torch.preserve_format).requires_grad_()
    output = layer(inputs)
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(1)).to(output.dtype)
    wanted = [inputs, *layer.parameters()]
    return [output.detach(), *torch.autograd.grad((output * weights).sum(), wanted)]


def networks(threads: int, widths: tuple[int, ...] = (4, 8), layouts: tuple[bool, ...] = (True,)) -> Iterator[Finding]:
    """Gradients of whole networks as the engine takes them, alone and stacked, in one step of plain descent."""
    torch.set_num_threads(threads)
    for architecture, width, channels_last in product(NETWORKS, widths, layouts):
        words = f"{architecture}, width {width}, channels_last {channels_last}, {threads} threads"
        yield Finding(words, step_error(architecture, {"width": width}, channels_last), THROUGH_A_NETWORK)
        error = step_error(architecture, {"width": width}, channels_last, stack_size=2)
        yield Finding(f"{words}, stacked", error, THROUGH_A_NETWORK)


def step_error(architecture: str, options: dict[str, object], channels_last: bool, stack_size: int = 1) -> float:
    """Error of the gradients by which training in float32 changes a network, against training in float64.

    Parameters
    ----------
    architecture : str
    options : dict
        Of the architecture.
    channels_last : bool
        What the recipe asks for.
    stack_size : int
        Number of networks that are trained in a stack; alone where it is 1.

    Returns
    -------
    float
        Least of some draws of weights, largest over the tensors of parameters, each relative to its largest entry.
        Gradients that cancel, such as those of a scale that batch norm takes out again, are measured against the
        network's largest.
    """
    rate = 1.0  # a step as long as the gradient, which is then read from it with few digits lost
    recipe = Recipe.from_config(
        {
            "optimizer": {"name": "sgd", "learning_rate": rate},
            "epochs": 1,
            "batch_size": 24,
            "channels_last": channels_last,
        }
    )
    random = np.random.default_rng(0)
    pixels, labels = random.integers(0, 256, (24, 8, 8, 1), dtype=np.uint8), random.integers(0, 3, 24)
    examples = Examples.on(CPU, pixels, labels, labels)
    least = inf
    for attempt in range(DRAWS):
        changes = []
        for dtype in (torch.float32, torch.float64):
            own = [
                build(architecture, image_shape=(8, 8, 1), n_classes=3, seed=attempt + 10 * number, **options).to(dtype)
                for number in range(stack_size)
            ]
            before = [parameter.detach().double().clone() for network in own for parameter in network.parameters()]
            normalisation = Normalisation((0.5,), (0.3,), CPU, dtype, recipe.memory_format)
            if stack_size == 1:
                train(own[0], recipe, examples, examples, normalisation, Seeds(0, "check"), progress=False)
            else:
                subsets = torch.arange(24).repeat(stack_size, 1)
                seeds = [Seeds(number, "check") for number in range(stack_size)]
                train_stacked(own, recipe, StackData(examples, subsets), normalisation, seeds, progress=False)
            after = [parameter.detach().double() for network in own for parameter in network.parameters()]
            changes.append([(new - old) / rate for new, old in zip(after, before, strict=True)])
        floor = NEGLIGIBLE * max(change.abs().max().item() for change in changes[1])
        least = min(least, max(relative_error(one, other, floor) for one, other in zip(*changes, strict=True)))
        if least <= THROUGH_A_NETWORK:
            break
    return least


def matrix_products(threads: int) -> Iterator[Finding]:
    """Products of whole numbers small enough for every partial sum to be exact: any error is one of the kernel."""
    torch.set_num_threads(threads)
    random = np.random.default_rng(0)
    for rows, inner, columns in ((1, 64, 1), (7, 129, 5), (128, 512, 64), (300, 1000, 300)):
        left, right = random.integers(-20, 21, (rows, inner)), random.integers(-20, 21, (inner, columns))
        exact = torch.from_numpy(left @ right).double()
        for dtype in (np.float32, np.float64):
            one: NDArray[Any] = left.astype(dtype)
            other: NDArray[Any] = right.astype(dtype)
            words = f"{rows}×{inner} by {inner}×{columns}, {np.dtype(dtype)}, {threads} threads"
            yield Finding(f"numpy, {words}", relative_error(torch.from_numpy(one @ other), exact), 0.0)
            product_ = torch.from_numpy(one) @ torch.from_numpy(other)
            yield Finding(f"torch, {words}", relative_error(product_, exact), 0.0)


def cholesky_updates() -> Iterator[Finding]:
    """Rank-1 updates of the sampler's factors, up and down again, against the factor computed anew."""
    random = np.random.default_rng(0)
    for d in (1, 2, 16, 64):
        points = random.normal(size=(2 * d + 20, d))
        factor: components.Floats = np.linalg.cholesky(points.T @ points).T.astype(np.float64, order="C")
        for point in points[:10]:
            components.rank_one_update(factor, point.copy(), -1.0)
        for point in points[:5]:
            components.rank_one_update(factor, point.copy(), 1.0)
        rest = np.vstack([points[:5], points[10:]])
        expected = torch.from_numpy(np.linalg.cholesky(rest.T @ rest).T.copy())
        yield Finding(f"{d} dimensions", relative_error(torch.from_numpy(factor), expected), IN_FLOAT64)


def sampler() -> Iterator[Finding]:
    """Log joint densities that the compiled sampler keeps up by updates, against their closed form (Murphy 2007)."""
    random = np.random.default_rng(0)
    for n, d in ((40, 1), (120, 4), (150, 16)):
        points = random.normal(size=(n, d)) + 3 * random.integers(0, 3, n)[:, None]
        prior = NormalInverseWishart.weakly_informative(points)
        chain = run_chain(points, prior, Options(n_sweeps=30, n_discarded=10, keep_every=5), random)
        kept = zip(chain.assignments, chain.concentrations, strict=True)
        expected = torch.tensor([_log_joint(points, prior, *state) for state in kept], dtype=torch.float64)
        found = torch.from_numpy(chain.log_joint[chain.kept - 1])
        yield Finding(f"{n} points in {d} dimensions", relative_error(found, expected), IN_FLOAT64)


def _log_joint(
    points: components.Floats, prior: NormalInverseWishart, assignments: components.Integers, concentration: float
) -> float:
    """Log density of points, partition and a Gamma(1, 1) concentration, each component's Gaussian integrated out."""
    n, d = points.shape
    total = -concentration + gammaln(concentration) - gammaln(concentration + n)
    for component in np.unique(assignments):
        own = points[assignments == component]
        m, kappa, nu = len(own), prior.mean_strength, prior.degrees_of_freedom
        centred, shift = own - own.mean(0), own.mean(0) - prior.mean
        scale = prior.scale + centred.T @ centred + kappa * m / (kappa + m) * np.outer(shift, shift)
        total += np.log(concentration) + gammaln(m) - m * d / 2 * np.log(np.pi) + d / 2 * np.log(kappa / (kappa + m))
        total += multigammaln((nu + m) / 2, d) - multigammaln(nu / 2, d)
        total += (nu * np.linalg.slogdet(prior.scale)[1] - (nu + m) * np.linalg.slogdet(scale)[1]) / 2
    return float(total)


TORCH = (
    "Do not train here: install the locked version of torch, or set ONEDNN_MAX_CPU_ISA=AVX and run this check again."
)
BLAS = "Do not compute here: install the locked versions of numpy and torch, or another BLAS, and run this check again."
NUMBA = "Fit no density models here: delete the sampler's machine code (NUMBA_CACHE_DIR), then run this check again."
PARTS = {
    **{
        f"{check.__name__}_{threads}": Part(f"{title}, {threads} threads", lambda c=check, t=threads: c(t), remedy)  # type: ignore[misc]
        for check, title, remedy in (
            (convolutions, "convolutions and their gradients", TORCH),
            (batch_norms, "batch norm and its gradients", TORCH),
            (networks, "gradients of networks as they are trained", TORCH),
            (matrix_products, "matrix products", BLAS),
        )
        for threads in (1, 2)
    },
    "cholesky_updates": Part("rank-1 updates of Cholesky factors", cholesky_updates, NUMBA),
    "sampler": Part("the compiled sampler of density models", sampler, NUMBA),
}


def run(name: str) -> tuple[list[Finding], str]:
    """Run a part in a process of its own.

    Parameters
    ----------
    name : str
        One of PARTS.

    Returns
    -------
    list of Finding
        As far as the process came.
    str
        How it died; empty if it did not.
    """
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        command = [sys.executable, "-m", "rote.selfcheck", name]
        try:
            code = subprocess.run(command, stdout=output, stderr=errors, timeout=PATIENCE).returncode
            said = f"its process was killed by {signal.Signals(-code).name}" if code < 0 else f"it ended with {code}"
        except subprocess.TimeoutExpired:  # a process with a corrupt heap may wait for itself
            code, said = 1, f"its process did not end within {PATIENCE} s"
        output.seek(0)
        errors.seek(0)
        findings = [Finding(*json.loads(line)) for line in output if line.endswith("\n")]
        last = errors.read().strip().splitlines()[-1:] or ["it said nothing"]
    return findings, f"{said} ({last[0]})" if code else ""


def main(names: list[str]) -> int:
    """Run the parts named in this process, one finding a line; without names all of them, each in its own."""
    for name in names:
        for finding in PARTS[name].check():
            print(json.dumps(finding, ensure_ascii=False), flush=True)
    if names:
        return 0
    start, wrong = time.perf_counter(), 0
    print(f"processor: {describe()}, {os.cpu_count()} cores")
    print("libraries: " + ", ".join(f"{name} {version}" for name, version in package_versions().items()))
    for name, part in PARTS.items():
        findings, death = run(name)
        faults = [finding for finding in findings if not finding.right]
        worst = max((finding.error for finding in findings), default=0.0)
        right = not faults and not death and bool(findings)
        print(f"{'right' if right else 'WRONG'}  {part.title}: {len(findings)} compared, largest error {worst:.1e}")
        if not right:
            wrong += 1
            for finding in faults[:3]:
                print(f"       {finding.what}: error {finding.error:.1e} where {finding.bound:.0e} is rounding")
            if death:
                print(f"       after {findings[-1].what if findings else 'nothing'}, {death}")
            print(f"       {part.remedy}")
    took = f"{time.perf_counter() - start:.0f} s"
    print(
        f"all {len(PARTS)} parts are right ({took})"
        if not wrong
        else f"{wrong} of {len(PARTS)} parts are wrong ({took})"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
