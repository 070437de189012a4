"""One Markov chain over the partitions of a set of points into Gaussian components."""

from dataclasses import dataclass
from math import lgamma
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.spatial import KDTree

from rote.compilation import compile_elsewhere, compiled
from rote.density.options import Options
from rote.density.prior import NormalInverseWishart
from rote.density.sampler import components as kernels
from rote.density.sampler.components import Components, Floats, Integers, Prior
from rote.density.sampler.gibbs import sweep
from rote.density.sampler.split_merge import propose

CONCENTRATION_RULES = {"fixed": 0, "exact": 1, "published": 2}
NEIGHBOURS = 10  # near points of each among which a split-merge move finds its pair


class Chain(NamedTuple):
    """What a chain visited.

    Attributes
    ----------
    assignments : ndarray, shape (kept, n), int64
        Component of every point after each kept sweep, numbered in order of first appearance.
    concentrations : ndarray, shape (kept,), float64
    kept : ndarray, shape (kept,), int64
        Which sweeps were kept, counted from 1.
    log_joint, n_components, concentration : ndarray, shape (n_sweeps,)
        Traces over all sweeps: log p(X, c, α) in nats, K, α.
    accepted : ndarray, shape (2,), int64
        Accepted splits and merges.
    """

    assignments: Integers
    concentrations: Floats
    kept: Integers
    log_joint: Floats
    n_components: Integers
    concentration: Floats
    accepted: Integers


@dataclass(frozen=True)
class Start:
    """Where a chain begins: the points' components, 0 … K − 1, and α."""

    assignments: Integers
    concentration: float


class Schedule(NamedTuple):
    """What a chain does in its sweeps; compiled code takes it as it is.

    Attributes
    ----------
    n_sweeps : int
    kept : ndarray, shape (kept,), int64
        Sweeps to keep, counted from 1.
    block_size : int
        Points of a block of the Gibbs sampler.
    rule : int
        How the concentration is updated, see `CONCENTRATION_RULES`.
    moves : int
        Split-merge moves before each sweep.
    neighbours : ndarray, shape (n, m), int64
        Points near each, among which a move finds its pair.
    """

    n_sweeps: int
    kept: Integers
    block_size: int
    rule: int
    moves: int
    neighbours: Integers


def run_chain(
    observations: Floats,
    prior: NormalInverseWishart,
    options: Options,
    generator: np.random.Generator,
    start: Start | int | None = None,
) -> Chain:
    """Run a chain.

    Parameters
    ----------
    observations : ndarray, shape (n, d), float64
    prior : NormalInverseWishart
    options : Options
    generator : numpy.random.Generator
        All draws come from it.
    start : Start or int, optional
        A number of components, among which points are divided uniformly at random, α being 1; by default
        `n_init_components`.

    Returns
    -------
    Chain
    """
    compile_sampler()
    return _chain(observations, prior, options, generator, start)


def compile_sampler() -> None:
    """Compile the sampler by another process, unless that was done before: half a minute."""
    compile_elsewhere("from rote.density.sampler.chain import warm_up; warm_up()", Path(__file__).parent)


def warm_up() -> None:
    """Run a chain on a few points, so that the sampler is compiled, in this process."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(8, 2))
    _chain(
        points,
        NormalInverseWishart.weakly_informative(points),
        Options(n_sweeps=2, n_discarded=1, keep_every=1),
        generator,
    )


def _chain(
    observations: Floats,
    prior: NormalInverseWishart,
    options: Options,
    generator: np.random.Generator,
    start: Start | int | None = None,
) -> Chain:
    n = len(observations)
    points = np.ascontiguousarray(observations - prior.mean)
    if not isinstance(start, Start):
        count = options.n_init_components if start is None else start
        start = Start(generator.integers(0, count, n), options.concentration or 1.0)
    prior_ = kernels.tabulate(prior, n)
    state = kernels.empty(points, prior_, capacity=n + 2)
    present, state.assignments[:] = np.unique(start.assignments, return_inverse=True)
    state.number[0] = len(present)
    moves = options.moves_per_sweep if n > 1 else 0
    kept = np.array(options.kept_sweeps, np.int64)
    rule = "fixed" if options.concentration is not None else options.concentration_update
    schedule = Schedule(
        options.n_sweeps,
        kept,
        options.points_per_block,
        CONCENTRATION_RULES[rule],
        moves,
        _near(points, prior) if moves else np.empty((n, 0), np.int64),
    )
    traces = _run(state, prior_, start.concentration, schedule, generator)
    assignments, log_joint, n_components, concentration, accepted = traces
    return Chain(assignments, concentration[kept - 1], kept, log_joint, n_components, concentration, accepted)


def _near(points: Floats, prior: NormalInverseWishart) -> Integers:
    """Numbers (n, m) of the points nearest to each, distances in units of the prior's scale."""
    white = np.linalg.solve(np.linalg.cholesky(prior.scale), points.T).T
    number = min(NEIGHBOURS, len(points) - 1)
    _, near = KDTree(white).query(white, k=list(range(2, number + 2)))
    return np.ascontiguousarray(near, np.int64)


@compiled
def _run(
    components: Components,
    prior: Prior,
    concentration: float,
    schedule: Schedule,
    generator: np.random.Generator,
) -> tuple[Integers, Floats, Integers, Floats, Integers]:
    n, kept = len(components.points), schedule.kept
    assignments = np.empty((len(kept), n), np.int64)
    log_joint = np.empty(schedule.n_sweeps)
    n_components = np.empty(schedule.n_sweeps, np.int64)
    concentrations = np.empty(schedule.n_sweeps)
    accepted = np.zeros(2, np.int64)
    kernels.compute_all(components, prior)
    row = 0
    for number in range(schedule.n_sweeps):
        for _ in range(schedule.moves):
            step = propose(components, prior, concentration, schedule.neighbours, generator)
            accepted[0] += step == 1
            accepted[1] += step == -1
        concentration = sweep(components, prior, concentration, schedule.block_size, schedule.rule, generator)
        log_joint[number] = _log_joint(components, prior, concentration)
        n_components[number] = components.number[0]
        concentrations[number] = concentration
        if row < len(kept) and kept[row] == number + 1:
            _number_by_appearance(components.assignments, assignments[row])
            row += 1
    return assignments, log_joint, n_components, concentrations, accepted


@compiled
def _log_joint(components: Components, prior: Prior, concentration: float) -> float:
    """Log p(X | c) + log p(c | α) + log p(α), α's prior being Gamma(1, 1)."""
    n, count = len(components.points), components.number[0]
    total = count * np.log(concentration) + lgamma(concentration) - lgamma(concentration + n) - concentration
    for k in range(count):
        size = components.sizes[k]
        total += lgamma(size) + kernels.log_marginal(prior, size, components.log_determinants[k])
    return total


@compiled
def _number_by_appearance(assignments: Integers, numbered: Integers) -> None:
    number = np.full(len(assignments) + 1, -1)
    count = 0
    for i in range(len(assignments)):
        k = assignments[i]
        if number[k] < 0:
            number[k] = count
            count += 1
        numbered[i] = number[k]
