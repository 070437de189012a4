"""Certificates of a trained network at some of its training examples, a table that a killed job goes on with."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import torch
from torch import Tensor

from rote import tables
from rote.config.certification import Certification
from rote.config.noise import NoiseUnits
from rote.data.images import ImageSet, load_images
from rote.errors import DataError
from rote.job import Job
from rote.parts import Parts, digest
from rote.progress import bar
from rote.robustness.certify import Certificate, certify
from rote.seeds import Seeds
from rote.settings import parse
from rote.tables.parts import TableForm
from rote.tables.robustness import CERTIFICATES
from rote.training.inference import inference_form
from rote.training.networks import open_network
from rote.training.precision import autocast

DRAWS = {"cpu": 800, "cuda": 4000}  # in a forward pass, at most
PIXELS = {"cpu": 50 * 32**2, "cuda": 4000 * 32**2}  # of these draws, at most; on the CPU they stay in the cache
SMALL = 16**2  # pixels of an image up to which a CPU is faster with channels first

Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Certificates that are wanted of one network.

    Attributes
    ----------
    checkpoints : Path
        CHECKPOINTS table of its training.
    examples : sequence of int
        Numbers of the examples to certify, each once; the table has their order.
    output : Path
        CERTIFICATES table to write.
    job : Job
        Its key names the network. Certificates of a job that depends on anything else are not used.
    epoch : int, optional
        Of the checkpoint; the last one by default.
    """

    checkpoints: Path
    examples: Sequence[int]
    output: Path
    job: Job
    epoch: int | None = None


def certify_examples(
    wanted: Sequence[Wanted], *, images: Path, certification: Mapping[str, Any], save_interval: float = 60.0
) -> None:
    """Certify smoothed networks at given examples, in the precision of their training; write tables of certificates.

    Finished examples are saved now and then in a folder beside each table, of its name without suffix, from which a
    killed job goes on: all stay until every table is written. Noise is keyed by the network's job and the example.

    Parameters
    ----------
    wanted : sequence of Wanted
        One for each network.
    images : Path
        Table of images of which the examples are some.
    certification : mapping
        See `rote.config.certification.Certification`.
    save_interval : float
        Least time between saves, in seconds.

    Raises
    ------
    ConfigError, DataError, TableError, TrainingError
        If a setting is out of its range, a table or checkpoint is missing or damaged, an example does not exist or
        is named twice, or a logit is not finite.
    """
    source, settings = load_images(images), parse(Certification, certification, "certification")
    for one in wanted:
        _check(one.examples, len(source.labels), images)
    finished = [_certified(one, source, images, settings, save_interval) for one in wanted]
    for parts in finished:
        parts.remove()


def _certified(
    wanted: Wanted, source: ImageSet, images: Path, certification: Certification, save_interval: float
) -> Parts[Mapping[str, Any]]:
    """Write one table; give its parts."""
    job, examples, device = wanted.job, wanted.examples, wanted.job.device
    network = open_network(wanted.checkpoints, wanted.epoch, device)
    order = memory_format(device, source.shape)
    model = inference_form(network.model, source.shape).to(device).to(memory_format=order)

    what = {"epoch": network.epoch, "certification": asdict(certification)}
    whole = digest(job.depends_on(**what), [wanted.checkpoints, images])
    saved = _Saved(Parts(wanted.output.with_suffix(""), whole, TableForm(CERTIFICATES)), save_interval)
    rest = [example for example in examples if example not in saved.rows]

    def classifier(noisy: Tensor) -> Tensor:
        with autocast(network.blueprint.precision, device):
            logits: Tensor = model(noisy)
        return logits

    certificates = certify(
        classifier,
        torch.from_numpy(source.images[rest]),
        certification=certification,
        normalisation=network.blueprint.normalisation(device, order),
        batch_size=default_batch_size(device, source.shape),
        generator=_keyed(job, rest, device),
    )
    with bar(f"certificates of {job.seed_key}", len(examples), "image", initial=len(examples) - len(rest)) as moving:
        for certificate in certificates:
            saved.add(_row(certificate, rest[certificate.image], certification.noise_units))
            moving.update()
    saved.save()
    rows = _columns([saved.rows[example] for example in examples])
    tables.write(wanted.output, CERTIFICATES, rows, job.recorded(**what))
    return saved.parts


def default_batch_size(device: torch.device, image_shape: tuple[int, int, int]) -> int:
    """Draws of images (H, W, C) in a forward pass, as a device is fast with them."""
    height, width, _ = image_shape
    return max(1, min(DRAWS[device.type], PIXELS[device.type] // (height * width)))


def memory_format(device: torch.device, image_shape: tuple[int, int, int]) -> torch.memory_format:
    """Order in memory of the weights and of images (H, W, C), as a device is fast with them."""
    height, width, _ = image_shape
    channels_first = device.type == "cpu" and height * width <= SMALL
    return torch.contiguous_format if channels_first else torch.channels_last


def _check(examples: Sequence[int], n: int, images: Path) -> None:
    unknown = sorted(example for example in examples if not 0 <= example < n)
    if unknown or len(set(examples)) < len(examples):
        what = f"{unknown[0]} is none of them" if unknown else "one is named twice"
        raise DataError(f"examples to certify are numbers from 0 to {n - 1} of {images}, each once: {what}.")


def _keyed(seeds: Seeds, examples: Sequence[int], device: torch.device) -> Callable[[int, int], torch.Generator]:
    def generator(image: int, block: int) -> torch.Generator:
        seed = seeds.within(f"example {examples[image]}").integer_seed("certification noise", block)
        return torch.Generator(device).manual_seed(seed)

    return generator


def _row(certificate: Certificate, example: int, noise_units: NoiseUnits) -> Row:
    found = vars(certificate) | {"example": example, "noise_units": noise_units}
    del found["image"]
    return found


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {column.name: [row[column.name] for row in rows] for column in CERTIFICATES.columns}


class _Saved:
    """Rows by example, saved now and then as parts of several examples each."""

    def __init__(self, parts: Parts[Mapping[str, Any]], interval: float) -> None:
        self.parts, self.interval = parts, interval
        found = [pa.table(parts.read(key)).to_pylist() for key in parts.finished()]
        self.rows: dict[int, Row] = {row["example"]: row for rows in found for row in rows}
        self._unsaved: list[Row] = []
        self._saved = time.monotonic()

    def add(self, row: Row) -> None:
        self.rows[row["example"]] = row
        self._unsaved.append(row)
        if time.monotonic() - self._saved >= self.interval:
            self.save()

    def save(self) -> None:
        if self._unsaved:
            self.parts.write(f"from_{self._unsaved[0]['example']}", _columns(self._unsaved))  # of no other part
            self._unsaved, self._saved = [], time.monotonic()
