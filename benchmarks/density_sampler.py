"""Collapsed Gibbs sampling of density models: ours, a plain NumPy sampler, scikit-learn, and the arithmetic floor.

500 points about the given number of Gaussian means, drawn with the given spread in units of a cluster's own; at a
spread of 1 clusters overlap, the sampler moves more points and may prefer other components. Every way starts from the
clusters that drew the points, so that all sweep over as many components; one row more starts as a fit does, from 6
components at random. Time is CPU time of one core, compilation excluded. The plain sampler (plain_gibbs.py) is measured
over a few sweeps and multiplied; it has the law of our single-site sampler and so is taken to have as many effective
samples a sweep. scikit-learn's BayesianGaussianMixture finds one variational optimum: its sweeps are iterations, its
400 are not run, and it has no samples; it stands here for context.

Effective samples are those of the log joint density over the later half of the sweeps. The floor is the arithmetic
that a sweep cannot do without: a logarithm and an exponential for every point and component, and for each of the two
components that a move changes 2nd + 5d² operations (quadratic forms of all points, two triangular solves, a rank-1
update), at this machine's rates. Split-merge proposals are not in it.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from plain_gibbs import PlainGibbs
from record import as_markdown, keep
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import BayesianGaussianMixture
from threadpoolctl import threadpool_limits

from rote.density.diagnostics import diagnose
from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler.chain import Chain, Start, run_chain

N, SWEEPS, PLAIN_SWEEPS = 500, 400, 4
WAYS = {
    "exact, single-site": {"split_merge": 0},
    "exact with split-merge": {},
    "blocked, b = 4": {"sampler": "blocked", "block_size": 4},
}

Floats = NDArray[np.float64]
T = TypeVar("T")


class Case(NamedTuple):
    """Points of `d` dimensions about `clusters` means, `spread` times as far out as a cluster's points."""

    d: int
    clusters: int
    spread: float


CASES = (
    *(Case(d, clusters, 4.0) for d in (64, 16) for clusters in (8, 20, 30)),
    *(Case(d, 20, 1.0) for d in (64, 16)),
)


def draw(case: Case, generator: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Points (n, d) and the cluster of each (n,)."""
    owners = np.arange(N) % case.clusters
    means = case.spread * generator.normal(size=(case.clusters, case.d))
    factors = generator.normal(size=(case.clusters, case.d, case.d)) / np.sqrt(case.d)
    noise = np.einsum("nij,nj->ni", factors[owners], generator.normal(size=(N, case.d)))
    return means[owners] + noise, owners


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """A function's result and its CPU seconds."""
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def options_for(sweeps: int, choices: dict[str, Any]) -> Options:
    """Options that keep every sweep."""
    return Options.of(n_sweeps=sweeps, n_discarded=0, keep_every=1, **choices)


def plain_sweeps(points: Floats, prior: NormalInverseWishart, start: Start, sweeps: int) -> float:
    """CPU seconds of one sweep of the plain sampler."""
    sampler, generator = PlainGibbs(points, prior, start.assignments), np.random.default_rng(0)
    concentration = sampler.sweep(start.concentration, generator)  # the first warms up

    def run() -> None:
        alpha = concentration
        for _ in range(sweeps):
            alpha = sampler.sweep(alpha, generator)

    return timed(run)[1] / sweeps


def arithmetic_rate(size: int = 1024, repetitions: int = 5) -> float:
    """Floating-point operations per CPU second of a large float64 matrix product, the best of some repetitions."""
    matrix = np.random.default_rng(0).random((size, size))
    return 2 * size**3 / min(timed(lambda: matrix @ matrix)[1] for _ in range(repetitions))


def logarithm_rate(size: int = 10_000, repetitions: int = 200) -> float:
    """Pairs of a logarithm and an exponential per CPU second, in vectors that stay in the cache."""
    values = np.random.default_rng(0).random(size)
    return size * repetitions / timed(lambda: [np.exp(np.log1p(values)) for _ in range(repetitions)])[1]


def moves_per_sweep(chain: Chain) -> float:
    """Points that are in another component than a sweep before, components being told by their members' majority.

    Components are numbered by appearance, so a point counts as moved if it parts from most of its companions.
    """
    moved = 0
    for before, after in zip(chain.assignments[:-1], chain.assignments[1:], strict=True):
        overlap = np.zeros((before.max() + 1, after.max() + 1), np.int64)
        np.add.at(overlap, (before, after), 1)
        moved += len(before) - overlap.max(1).sum()
    return float(moved) / (len(chain.assignments) - 1)


def floor(d: int, n_components: float, moves: float, rates: tuple[float, float]) -> float:
    """CPU seconds that the arithmetic of a sweep takes."""
    operations, logarithms = rates
    return N * n_components / logarithms + moves * 2 * (2 * N * d + 5 * d * d) / operations


def compare(case: Case, sweeps: int, rates: tuple[float, float]) -> list[dict[str, Any]]:
    """One row per way to fit a case."""
    points, owners = draw(case, np.random.default_rng(case.d + case.clusters))
    prior = NormalInverseWishart.weakly_informative(points)
    start = Start(owners, 1.0)
    plain = plain_sweeps(points, prior, start, max(1, PLAIN_SWEEPS * sweeps // SWEEPS))
    rows, effective = [], {}
    runs: list[tuple[str, dict[str, Any], Start | None]] = [(way, choices, start) for way, choices in WAYS.items()]
    for way, choices, begin in [*runs, ("exact with split-merge, from random", {}, None)]:
        run = partial(run_chain, points, prior, options_for(sweeps, choices), np.random.default_rng(1), begin)
        chain, seconds = timed(run)
        size = diagnose(chain.log_joint[None, sweeps // 2 :]).effective_sample_size
        effective[way] = None if size is None else size / (sweeps / 2)
        n_components, moves = float(np.mean(chain.n_components)), moves_per_sweep(chain)
        least = floor(case.d, n_components, moves, rates)
        rows.append(row(case, way, f"{n_components:.1f}", seconds / sweeps, effective[way], plain, least, moves))

    rows.append(row(case, "plain NumPy", f"{case.clusters}", plain, effective["exact, single-site"], plain, None, None))
    mixture = BayesianGaussianMixture(
        n_components=case.clusters, weight_concentration_prior_type="dirichlet_process", max_iter=sweeps, random_state=0
    )
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        _, seconds = timed(lambda: mixture.fit(points))
    per_iteration = seconds / mixture.n_iter_
    name = f"scikit-learn ({mixture.n_iter_} iterations, {seconds:.2f} s)"
    return [*rows, row(case, name, f"{case.clusters}", per_iteration, None, plain, None, None)]


def row(
    case: Case,
    way: str,
    n_components: str,
    per_sweep: float,
    effective_per_sweep: float | None,
    plain: float,
    least: float | None,
    moves: float | None,
) -> dict[str, Any]:
    """One row of the table; times in CPU seconds per sweep."""
    return {
        "d": case.d,
        "clusters": case.clusters,
        "spread": case.spread,
        "way": way,
        "components": n_components,
        "moves/sweep": "" if moves is None else f"{moves:.1f}",
        "CPU ms/sweep": f"{1000 * per_sweep:.2f}",
        "CPU s/400 sweeps": f"{400 * per_sweep:.2f}",
        "CPU ms/effective sample": f"{1000 * per_sweep / effective_per_sweep:.1f}" if effective_per_sweep else "",
        "times faster than plain": f"{plain / per_sweep:.1f}",
        "times the floor": "" if least is None else f"{per_sweep / least:.1f}",
    }


def benchmark(cases: tuple[Case, ...] = CASES, sweeps: int = SWEEPS) -> list[dict[str, Any]]:
    """Compare all ways on all cases."""
    points, owners = draw(Case(3, 2, 2.0), np.random.default_rng(0))
    prior = NormalInverseWishart.weakly_informative(points)
    for choices in WAYS.values():  # compiles
        run_chain(points, prior, options_for(2, choices), np.random.default_rng(0), start=Start(owners, 1.0))
    rates = arithmetic_rate(), logarithm_rate()
    return [found for case in cases for found in compare(case, sweeps, rates)]


def main() -> None:
    """Run the benchmark on one core, print its table and keep it beside this file; `--quick` prints a small one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two cases, few sweeps, no record")
    quick = parser.parse_args().quick
    with threadpool_limits(1):
        found = benchmark((CASES[1], CASES[-1]), sweeps=40) if quick else benchmark()
    if quick:
        print(as_markdown(found))
        return
    _, _, explanation = __doc__.partition("\n\n")
    where = f"{os.uname().machine}, NumPy {np.__version__}."
    title = "Collapsed Gibbs sampling of density models"
    keep(__file__, title, f"{explanation}\n{where}", {"CPU time of one core": found})


if __name__ == "__main__":
    main()
