"""The solvers' machine code: compiled apart, so that the first analysis on a machine has the bytes of the next."""

from pathlib import Path

import numpy as np

from rote.compilation import compile_elsewhere
from rote.geometry.solvers import correlations, quadratic


def compile_solvers() -> None:
    """Compile the solvers by another process, unless that was done before: half a minute."""
    compile_elsewhere("from rote.geometry.solvers.machine_code import warm_up; warm_up()", Path(__file__).parent)


def warm_up() -> None:
    """Solve small problems, so that the solvers are compiled, in this process."""
    points = np.random.default_rng(0).normal(size=(6, 6))
    gram = points @ points.T
    quadratic.anchors(gram, points, 0.0, np.empty((6, 6)), np.empty(6))
    start = correlations.orthonormal(points[:, :1].copy())
    basis, _, _, _ = correlations.minimise(points, gram, start, np.empty((0, 6, 1)), 10)
    correlations.refine(points, gram, basis)
