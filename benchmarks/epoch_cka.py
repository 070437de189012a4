"""CKA of every two checkpoints: one product of Gram rows, a loop over pairs of features, and the package torch-cka.

All three compare the same checkpoints of a pre-activation ResNet18 at six taps, on 512 images of digits. Time is that
of one core, everything included from the checkpoints to the map. What a pair costs does not depend on how many there
are; where there are many, some are measured and the time is multiplied. Errors are those of six pairs at all taps,
from float64: of both estimators for rote, of the biased one for the loop and of the unbiased one for the package, which
has no other and does not centre (the logits of an untrained network are far from zero).
"""

import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, suppress
from copy import deepcopy
from functools import partial
from io import StringIO
from itertools import combinations
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from record import keep
from sklearn.datasets import load_digits
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from torch_cka import CKA

from rote import devices, tables
from rote.job import Job
from rote.models.build import build
from rote.models.cost import multiply_adds
from rote.models.network import Network
from rote.models.taps import representations, tap_names
from rote.representations.images import draw_images, load_drawn
from rote.representations.record import record_representations
from rote.similarity import rows
from rote.similarity.cka import ESTIMATORS, linear_cka
from rote.similarity.compare import compare_epochs
from rote.tables.data import images as images_schema
from rote.tables.dynamics import EPOCH_CKA
from rote.tables.representations import GRAM_ROWS
from rote.training.blueprint import Blueprint
from rote.training.checkpoints import load_checkpoint, write_checkpoint
from rote.training.inputs import Normalisation
from rote.training.manifest import write_manifest

SHAPE, CLASSES, IMAGES = (32, 32, 1), 10, 512
MEAN, STD = (0.3,), (0.35,)
ARCHITECTURE = {"name": "preactivation_resnet18", "width": 16}
CHOICE = {"batches": "mean_of_cka", "job": Job(0, "benchmark")}
MEGABYTE = 1 << 20
PIECE = 64  # images of a forward pass
CHECKED = 6  # pairs compared with float64

Maps = dict[str, np.ndarray]


class Study:
    """A data set, its one batch of images, and checkpoints whose weights drift, written as a run's are."""

    def __init__(self, folder: Path, epochs: int) -> None:
        self.folder, self.epochs = folder, epochs
        digits = load_digits()
        pixels = np.kron(digits.images * 255 / 16, np.ones((4, 4))).round().astype(np.uint8)[..., None]
        header = {
            "name": "digits at 32 px", "split": "test", "shape": SHAPE, "classes": [str(i) for i in range(CLASSES)],
            "mean": MEAN, "std": STD, "licence": "",
        }  # fmt: skip
        columns = {
            "example": np.arange(len(pixels), dtype=np.int32),
            "image": [image.tobytes() for image in pixels],
            "true_label": digits.target.astype(np.int16),
        }
        self.test, self.batches = folder / "test.parquet", folder / "batches.parquet"
        tables.write(self.test, images_schema(SHAPE), columns, {"dataset": header})
        draw_images(self.test, self.batches, n_batches=1, batch_size=IMAGES, job=CHOICE["job"])
        normalise = Normalisation(MEAN, STD, torch.device("cpu"))
        self.inputs = normalise(torch.from_numpy(pixels[load_drawn(self.batches)[0]]))

        first, last = network(0), network(1)
        written = []
        for epoch, angle in enumerate(np.linspace(0, np.pi / 3, epochs)):
            model = network(0)
            for weight, start, end in zip(model.parameters(), first.parameters(), last.parameters(), strict=True):
                weight.data = start.data if weight.ndim == 1 else np.cos(angle) * start.data + np.sin(angle) * end.data
            written.append(write_checkpoint(model, folder / "checkpoints", epoch))
        self.checkpoints = folder / "checkpoints.parquet"
        blueprint = Blueprint(ARCHITECTURE, SHAPE, CLASSES, MEAN, STD)
        write_manifest(self.checkpoints, folder / "checkpoints", written, blueprint, {})
        self.taps = tap_names(model)

    def model(self, epoch: int) -> Network:
        """Network of one checkpoint, in evaluation mode."""
        model = network(0)
        load_checkpoint(model, self.checkpoints, epoch)
        return model.eval()


def network(seed: int) -> Network:
    """Untrained network."""
    options = {key: value for key, value in ARCHITECTURE.items() if key != "name"}
    return build(ARCHITECTURE["name"], image_shape=SHAPE, n_classes=CLASSES, seed=seed, **options)


def record(study: Study) -> Path:
    """Gram rows of all checkpoints."""
    output = study.folder / "gram_rows.parquet"
    record_representations(
        checkpoints=study.checkpoints, images=study.test, drawn=study.batches, output=output,
        what={"form": "gram", "epochs": "all"}, job=CHOICE["job"],
    )  # fmt: skip
    return output


def product_of_rows(manifest: Path, estimator: str) -> Maps:
    """Maps by one product of the rows, by way of the table."""
    output = manifest.with_name("epoch_cka.parquet")
    compare_epochs(manifest, output, estimator=estimator, **CHOICE)
    table = tables.read(output, EPOCH_CKA).to_pandas()
    return {
        tap: of_tap.pivot(index="epoch", columns="other_epoch", values="cka").to_numpy()
        for tap, of_tap in table.groupby("tap", observed=True)
    }


def extract(study: Study) -> list[dict[str, Tensor]]:
    """Features of all checkpoints."""
    features = []
    for epoch in range(study.epochs):
        model = study.model(epoch)
        pieces = [representations(model, inputs) for inputs in study.inputs.split(PIECE)]
        features.append({tap: torch.cat([piece[tap] for piece in pieces]) for tap in study.taps})
    return features


def plain_cka(x: Tensor, y: Tensor) -> float:
    """Biased CKA by the Gram matrices, in float32, as it is usually written."""
    x, y = x - x.mean(0), y - y.mean(0)
    k, l = x @ x.T, y @ y.T  # noqa: E741
    return float((k * l).sum() / (k.norm() * l.norm()))


def loop_over_pairs(
    features: Sequence[dict[str, Tensor]],
    pairs: Sequence[tuple[int, int]],
    taps: Sequence[str],
    compare: Callable[[Tensor, Tensor], float] = plain_cka,
) -> Maps:
    """Maps with the given pairs filled in."""
    maps = {tap: np.full((len(features), len(features)), np.nan) for tap in taps}
    for i, j in pairs:
        for tap in taps:
            maps[tap][i, j] = compare(features[i][tap], features[j][tap])
    return maps


def package(study: Study, pairs: Sequence[tuple[int, int]]) -> Maps:
    """Maps with the given pairs filled in, each compared by torch-cka (all taps of a pair at once)."""
    loader = DataLoader(TensorDataset(study.inputs), IMAGES)
    maps = {tap: np.full((study.epochs, study.epochs), np.nan) for tap in study.taps}
    models = {epoch: study.model(epoch) for epoch in sorted({epoch for pair in pairs for epoch in pair})}
    layers = [models[pairs[0][0]].taps[tap] for tap in study.taps]
    for i, j in pairs:
        # its hooks stay on a model after it is done
        comparison = CKA(deepcopy(models[i]), deepcopy(models[j]), f"{i}", f"{j}", layers, layers)
        quiet = redirect_stderr(StringIO()), warnings.catch_warnings(action="ignore")
        with torch.no_grad(), quiet[0], quiet[1], suppress(AssertionError):  # it refuses a NaN, after all its work
            comparison.compare(loader)
        for place, tap in enumerate(study.taps):
            maps[tap][i, j] = comparison.hsic_matrix[place, place]
    return maps


def timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float, float]:
    """A function's result, its process CPU seconds and its wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    result = function(*arguments)
    return result, time.process_time() - cpu, time.perf_counter() - wall


def errors(maps: Maps, exact: Maps) -> np.ndarray:
    """Differences from the float64 values, where these are known."""
    return np.concatenate([np.abs(maps[tap] - exact[tap])[np.isfinite(exact[tap])] for tap in exact])


def matrix_product_rate(size: int = 2048, repetitions: int = 5) -> float:
    """Multiply-adds per CPU second of a large float32 matrix product, the best of some repetitions."""
    matrix = torch.rand(size, size)
    return size**3 / min(timed(torch.matmul, matrix, matrix)[1] for _ in range(repetitions))


def floor(study: Study) -> dict[str, float]:
    """Multiply-adds of the forward passes, the Gram matrices' halves and the maps' halves."""
    model = network(0)
    features = sum(value.shape[1] for value in representations(model, study.inputs[:1]).values())
    half_gram = IMAGES * (IMAGES + 1) // 2
    return {
        "extraction": study.epochs * IMAGES * multiply_adds(model, SHAPE),
        "rows": study.epochs * half_gram * features,
        "map": len(study.taps) * study.epochs * (study.epochs + 1) // 2 * half_gram,
    }


def benchmark(epochs: Sequence[int] = (8, 32), most_pairs: int = 28) -> list[dict[str, Any]]:
    """Compare all checkpoints in three ways, for several numbers of them.

    Returns
    -------
    list of dict
        One row per number of checkpoints and way: CPU and wall seconds, how many times ours goes into its CPU seconds,
        and the largest error of `CHECKED` pairs at all taps.
    """
    found = []
    rate = matrix_product_rate()
    for count in epochs:
        with TemporaryDirectory() as folder:
            study = Study(Path(folder), count)
            pairs = list(combinations(range(count), 2))
            sample = [pairs[i] for i in np.linspace(0, len(pairs) - 1, min(most_pairs, len(pairs))).astype(int)]

            manifest, record_cpu, record_wall = timed(record, study)
            biased, map_cpu, map_wall = timed(product_of_rows, manifest, "biased")
            unbiased = product_of_rows(manifest, "unbiased")
            features, extract_cpu, extract_wall = timed(extract, study)
            looped, loop_cpu, loop_wall = timed(loop_over_pairs, features, sample, study.taps)
            exact = {
                estimator: loop_over_pairs(
                    features, sample[:CHECKED], study.taps, partial(linear_cka, estimator=estimator)
                )
                for estimator in ESTIMATORS
            }
            del features
            compared, package_cpu, package_wall = timed(package, study, sample)
            scale = len(pairs) / len(sample)
            note = "" if scale == 1 else f"extrapolated from {len(sample)} of {len(pairs)} pairs"

        ours = record_cpu + map_cpu
        least = sum(floor(study).values()) / rate
        of_rote = np.concatenate([errors(biased, exact["biased"]), errors(unbiased, exact["unbiased"])])
        of_loop, of_package = errors(looped, exact["biased"]), errors(compared, exact["unbiased"])
        none = np.array([])
        ways = [
            ("extraction alone", extract_cpu, extract_wall, none, ""),
            ("rote: Gram rows", record_cpu, record_wall, none, ""),
            ("rote: map", map_cpu, map_wall, none, ""),
            ("rote: both", ours, record_wall + map_wall, of_rote, f"arithmetic alone takes {least:.1f} s"),
            ("pairs of features", extract_cpu + loop_cpu * scale, extract_wall + loop_wall * scale, of_loop, note),
            ("torch-cka", package_cpu * scale, package_wall * scale, of_package, note),
        ]
        for way, cpu, wall, error, note in ways:
            found.append(
                {
                    "checkpoints": count,
                    "way": way,
                    "CPU s": f"{cpu:.1f}",
                    "wall s": f"{wall:.1f}",
                    "times rote's CPU": f"{cpu / ours:.1f}",
                    "largest error": f"{np.nanmax(error):.0e}" if error.size else "",
                    "NaN": f"{np.isnan(error).sum()} of {error.size}" if error.size else "",
                    "note": note,
                }
            )
    return found


def peak_memory(manifest: Path, memory: int) -> int:
    """Bytes by which a fresh process grows at most while it compares epochs."""

    def high_water() -> int:
        (line,) = (
            line
            for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
            if line.startswith("VmHWM")
        )
        return 1024 * int(line.split()[1])

    torch.set_num_threads(1)
    small = manifest.with_name("two.parquet")
    whole = tables.read(manifest, GRAM_ROWS)
    tables.write(small, GRAM_ROWS, whole.slice(0, 2).to_pydict(), {})
    for path in (small, manifest):
        before = high_water()
        compare_epochs(path, path.with_suffix(".map.parquet"), estimator="biased", memory=memory, **CHOICE)
    return high_water() - before


def memory_benchmark(epochs: int = 32, memory: int = 64 * MEGABYTE) -> list[dict[str, Any]]:
    """Peak memory of the comparison for a number of checkpoints and for ten times as many, at one setting."""
    found = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        manifest = record(Study(folder, epochs))
        columns = tables.read(manifest, GRAM_ROWS).to_pydict()
        many = folder / "many.parquet"
        repeated = {key: values * 10 for key, values in columns.items()} | {"epoch": list(range(10 * epochs))}
        tables.write(many, GRAM_ROWS, repeated, {})
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
            for path, count in ((manifest, epochs), (many, 10 * epochs)):
                peak = pool.submit(peak_memory, path, memory).result()
                whole = count * rows.load(path, "stage_1").length * 4
                found.append(
                    {
                        "checkpoints": count,
                        "setting MB": memory // MEGABYTE,
                        "peak MB": round(peak / MEGABYTE),
                        "one tap's rows MB": round(whole / MEGABYTE),
                    }
                )
    return found


def main() -> None:
    """Run the benchmark on one core, print its tables and keep them beside this file."""
    torch.set_num_threads(1)
    _, _, explanation = __doc__.partition("\n\n")
    where = (
        f"{devices.describe(devices.pick())}; {ARCHITECTURE['name']} of width {ARCHITECTURE['width']}, images of 32 px."
    )
    tables_of = {"Time and agreement": benchmark(), "Memory by which the comparison grows": memory_benchmark()}
    keep(__file__, "CKA of every two checkpoints", f"{explanation}\n{where}", tables_of)


if __name__ == "__main__":
    main()
