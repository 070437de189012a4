"""Class subspaces: bases and predictions of the minimum angle subspace classifier, ours beside the published way.

Ten classes of Gaussian points about a centre, rectified, whose variances fall with the dimension as 1/i: about what
the layers of a network after their ReLU show. Cases: (i) 256 points a class in 1,024 dimensions, (ii) 600 in 512.
Each is taken at one share of the variance (0.99) and at five (0.25, 0.5, 0.75, 0.9, 0.99), with 4,000 tested
examples. The published way (plain_subspaces.py) doubles points, projects back and takes arccos, once for each share,
in float64. Ours takes all shares from one product, in the precision of the features; a network's are float32, so both
are told, and what single precision leaves open is projected again in double. Predictions are compared; an example
counts as a tie where the two smallest angles of the published way differ by less than 1e-4 degrees. Time is CPU time
of one core.
"""

import argparse
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import plain_subspaces as plain
from numpy.typing import NDArray
from record import as_markdown, keep
from threadpoolctl import threadpool_limits

from rote.config.components import Components
from rote.subspaces.bases import class_subspaces
from rote.subspaces.decisions import decided, settled_squares
from rote.subspaces.moments import ClassMoments

T = TypeVar("T")
CLASSES, TESTED = 10, 4000
SHARES = {"one": (0.99,), "five": (0.25, 0.5, 0.75, 0.9, 0.99)}


class Case(NamedTuple):
    """Points of a class and their dimensions."""

    points: int
    features: int


CASES = {"i": Case(256, 1024), "ii": Case(600, 512)}


def draw(case: Case) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.float32]]:
    """Points, their classes, and tested examples."""
    generator = np.random.default_rng(0)
    centers = generator.standard_normal((CLASSES, case.features))
    scale = 4 / np.sqrt(np.arange(1, case.features + 1))
    rotation = np.linalg.qr(generator.standard_normal((case.features, case.features)))[0]

    def of(labels: NDArray[np.int64]) -> NDArray[np.float32]:
        spread = (generator.standard_normal((len(labels), case.features)) * scale) @ rotation
        return np.maximum(0.3 * centers[labels] + spread, 0).astype(np.float32)

    labels = np.repeat(np.arange(CLASSES), case.points)
    return of(labels), labels, of(generator.integers(CLASSES, size=TESTED))


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """A function's result and its CPU seconds."""
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def ours(
    points: NDArray[np.floating], labels: NDArray[np.int64], tested: NDArray[np.floating], shares: tuple[float, ...]
) -> list[NDArray[np.int64]]:
    """Predictions at each share."""
    moments = ClassMoments(CLASSES, points.shape[1]).add(points, labels)
    found = class_subspaces(moments, [Components(share=share) for share in shares])
    return list(decided(settled_squares(found, tested)).classes)


def compare(name: str, case: Case, number: str) -> dict[str, Any]:
    """One row: both ways at one or several shares."""
    points, labels, tested = draw(case)
    shares = SHARES[number]
    exact = points.astype(np.float64), tested.astype(np.float64)
    expected, published = timed(lambda: [plain.predict(exact[0], labels, exact[1], share) for share in shares])
    found, seconds = timed(lambda: ours(points, labels, tested, shares))
    doubles, double_seconds = timed(lambda: ours(exact[0], labels, exact[1], shares))
    row: dict[str, Any] = {"case": name, "points a class": case.points, "dimensions": case.features, "shares": number}
    for precision, predictions in (("float32", found), ("float64", doubles)):
        others = 0
        for share, own, theirs in zip(shares, predictions, expected, strict=True):
            differ = own != theirs
            if differ.any():
                two = np.sort(plain.angles(exact[1][differ], plain.bases(exact[0], labels, share)), axis=1)[:, :2]
                others += int((two[:, 1] - two[:, 0] > 1e-4).sum())
        row[f"other predictions but for ties, {precision}"] = others
    return {
        **row,
        "published way, CPU s": f"{published:.1f}",
        "ours in float64, CPU s": f"{double_seconds:.2f}",
        "ours in float32, CPU s": f"{seconds:.2f}",
        "times faster, float64": f"{published / double_seconds:.1f}",
        "times faster, float32": f"{published / seconds:.1f}",
    }


def main() -> None:
    """Run the benchmark on one core, print its table and keep it beside this file; `--quick` prints case i."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="case i at one share alone, no record")
    quick = parser.parse_args().quick
    with threadpool_limits(1):
        cases = {"i": CASES["i"]} if quick else CASES
        rows = [
            compare(name, case, number) for name, case in cases.items() for number in (["one"] if quick else SHARES)
        ]
    if quick:
        print(as_markdown(rows))
        return
    _, _, explanation = __doc__.partition("\n\n")
    where = f"{os.uname().machine}, NumPy {np.__version__}."
    keep(__file__, "Class subspaces", f"{explanation}\n{where}", {"Bases and predictions": rows})


if __name__ == "__main__":
    main()
