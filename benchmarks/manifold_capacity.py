"""Capacity of manifolds: ours beside the published algorithm written plainly, and simulation beside linear programmes.

Cases: P clouds of 50 points about random centres, (i) 20 in 200 dimensions, (ii) 100 in 512, (iii) the same with
centres that share five directions. Both sides take 200 draws a manifold, 10 restarts, and remove shared directions by
the published rule. Plainly (plain_manifolds.py) means one quadratic programme at a time by an interior-point method,
and SciPy's conjugate gradients for the search, with the analytic gradient. Each side has its own draws, so values
agree within their Monte Carlo errors. The programmes of the plain side are timed on every `stride`-th manifold and
multiplied. Time is CPU time of one core, compilation excluded, products of features included.

Simulation: the critical dimension of random divisions of case i and ii, each with its own nested projection; the plain
way solves one linear programme (HiGHS) for each dimension of a bisection. Both find the same dimensions.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import plain_manifolds as plain
from numpy.typing import NDArray
from record import as_markdown, keep
from threadpoolctl import threadpool_limits

from rote.geometry.anchors import anchor_points, measure, project
from rote.geometry.capacity import ManifoldCapacity, without_directions
from rote.geometry.centers import about_their_mean, shared_directions
from rote.geometry.gram import GramBlocks, gram_blocks
from rote.geometry.separability import NestedDichotomy

Floats = NDArray[np.float64]
T = TypeVar("T")
N_DRAWS, RESTARTS, POINTS = 200, 10, 50


class Case(NamedTuple):
    """P clouds with N features, whose centres share directions."""

    manifolds: int
    features: int
    shared: int


CASES = {"i": Case(20, 200, 0), "ii": Case(100, 512, 0), "iii": Case(100, 512, 5)}


def draw(case: Case) -> Floats:
    """Points (P, M, N)."""
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((case.manifolds, case.features))
    loadings = generator.standard_normal((case.manifolds, case.shared))
    centers += 2 * loadings @ generator.standard_normal((case.shared, case.features))
    return centers[:, None] + 0.5 * generator.standard_normal((case.manifolds, POINTS, case.features))


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """A function's result and its CPU seconds."""
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def anchor_seconds(blocks: GramBlocks, n_draws: int) -> float:
    """CPU seconds of all anchor points and their measures, the draws apart."""
    generator, nothing, seconds = np.random.default_rng(0), np.zeros((len(blocks.within), 0)), 0.0
    for number in range(len(blocks.within)):
        gram, center = without_directions(blocks, number, nothing)
        gram = gram / center
        vectors, along = generator.standard_normal((n_draws, len(gram))), generator.standard_normal(n_draws)

        def solve(gram: Floats = gram, vectors: Floats = vectors, along: Floats = along) -> None:
            draws = project(gram, vectors, along, n_directions=len(gram), floor=1e-12)
            measure(anchor_points(gram, draws), draws)

        seconds += timed(solve)[1]
    return seconds


def compare(name: str, case: Case, stride: int) -> dict[str, Any]:
    """One row: both ways on a case."""
    manifolds = draw(case)
    examples, label = manifolds.reshape(-1, case.features), np.repeat(np.arange(case.manifolds), POINTS)
    model = ManifoldCapacity(n_draws=N_DRAWS, restarts=RESTARTS, center_removal="published", random_state=0)
    _, whole = timed(lambda: model.fit(examples, label))
    blocks = gram_blocks(manifolds)
    gram = about_their_mean(blocks.centers)
    generators = [np.random.default_rng([0, number]) for number in range(case.manifolds)]
    _, search = timed(lambda: shared_directions(gram, generators, RESTARTS))

    generator = np.random.default_rng(0)
    centers = manifolds.mean(axis=1)
    centers -= centers.mean(axis=0)
    directions, plain_search = timed(lambda: plain.shared_directions(centers, RESTARTS, generator))
    scaled, rest = timed(lambda: plain.without(manifolds, directions))
    (alpha, radius, dimension), programmes = timed(lambda: plain.capacity(scaled[::stride], N_DRAWS, generator))
    plain_whole = plain_search + rest + programmes * len(scaled) / len(scaled[::stride])
    return {
        "case": name,
        "α, R, D": f"{model.capacity_:.3f}, {model.radius_:.3f}, {model.dimension_:.2f}",
        "plain α, R, D": f"{alpha:.3f}, {radius:.3f}, {dimension:.2f}",
        "K": model.shared_directions_.rank,
        "plain K": directions.shape[1],
        "anchor points": case.manifolds * N_DRAWS,
        "CPU s": f"{anchor_seconds(blocks, N_DRAWS):.3f}",
        "plain CPU s": f"{programmes * len(scaled) / len(scaled[::stride]):.1f}",
        "search, CPU s": f"{search:.2f}",
        "plain search, CPU s": f"{plain_search:.1f}",
        "analysis, CPU s": f"{whole:.2f}",
        "plain analysis, CPU s": f"{plain_whole:.1f}",
        "times faster": f"{plain_whole / whole:.1f}",
    }


def simulate(name: str, case: Case, repetitions: int) -> dict[str, Any]:
    """One row: critical dimensions by both ways."""
    manifolds = draw(case)
    points, owners = manifolds.reshape(-1, case.features), np.repeat(np.arange(case.manifolds), POINTS)
    ours, theirs, found, guess = 0.0, 0.0, [], case.manifolds
    for number in range(repetitions):
        signs = np.random.default_rng([1, number]).choice([-1.0, 1.0], case.manifolds)[owners]
        projection = np.random.default_rng([2, number])
        dichotomy = NestedDichotomy(points, signs, owners, projection, bias=False)
        critical, seconds = timed(lambda dichotomy=dichotomy, guess=guess: dichotomy.critical_dimension(guess))
        ours += seconds
        guess = critical or guess
        matrix = np.random.default_rng([2, number]).standard_normal((case.features, case.features))
        expected, seconds = timed(lambda signs=signs, matrix=matrix: plain.critical_dimension(points, signs, matrix))
        theirs += seconds
        if critical != expected:
            raise SystemExit(f"case {name}, division {number}: {critical} features, by linear programmes {expected}")
        found.append(critical)
    return {
        "case": name,
        "divisions": repetitions,
        "critical dimensions": ", ".join(map(str, found)),
        "CPU s each": f"{ours / repetitions:.3f}",
        "linear programmes, CPU s each": f"{theirs / repetitions:.2f}",
        "times faster": f"{theirs / ours:.1f}",
    }


def main() -> None:
    """Run the benchmark on one core, print its tables and keep them beside this file; `--quick` prints case i."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="case i alone, no record")
    quick = parser.parse_args().quick
    ManifoldCapacity(n_draws=5, restarts=1, center_removal="published").fit(  # loads the machine code
        np.random.default_rng(0).standard_normal((30, 8)), np.repeat(np.arange(6), 5)
    )
    with threadpool_limits(1):
        strides = {"i": 2} if quick else {"i": 1, "ii": 5, "iii": 5}
        analyses = [compare(name, CASES[name], stride) for name, stride in strides.items()]
        divisions = {"i": 3} if quick else {"i": 10, "ii": 2}
        simulations = [simulate(name, CASES[name], number) for name, number in divisions.items()]
    if quick:
        print(as_markdown(analyses), as_markdown(simulations), sep="\n")
        return
    ratio = np.exp(np.mean([np.log(float(row["times faster"])) for row in analyses]))
    _, _, explanation = __doc__.partition("\n\n")
    where = f"{os.uname().machine}, NumPy {np.__version__}. Whole analyses: {ratio:.0f} times, geometric mean."
    tables = {"Analysis by theory": analyses, "Simulation": simulations}
    keep(__file__, "Capacity of manifolds", f"{explanation}\n{where}", tables)


if __name__ == "__main__":
    main()
