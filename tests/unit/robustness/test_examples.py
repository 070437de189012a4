import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from rote import tables
from rote.config.certification import Certification
from rote.errors import ConfigError, DataError, TrainingError
from rote.job import Job
from rote.robustness import certify
from rote.robustness import examples as certification
from rote.seeds import Seeds
from rote.tables.robustness import CERTIFICATES
from rote.training.inputs import Normalisation
from tests.unit import small_networks
from tests.unit.small_networks import PLAIN, SHAPE, accustomed, random_inputs
from tests.unit.small_tables import write_checkpoints, write_images

CPU, N = torch.device("cpu"), 60
JOB, OTHER_CODE = (Job(3, "a_run", provenance={"params": {"code": code}}) for code in "cd")
SETTINGS = {"standard_deviation": 0.5, "noise_units": "normalised", "n0": 20, "n": 200, "alpha": 0.01}
CHOSEN = [40, 3, 17, 59, 0, 21, 22, 23]


def network(seed):
    """A random network that predicts every class about as often, so that some images certify and some do not."""
    inputs = random_inputs(200, seed)
    model = accustomed(small_networks.network(PLAIN, seed), inputs)
    with torch.no_grad():
        [*_, head] = (module for module in model.modules() if isinstance(module, torch.nn.Linear))
        head.bias -= model.eval()(inputs).mean(0)
    return model


def write_run(folder, **built):
    """Images, and checkpoints of epochs 0 and 5."""
    pixels = np.random.default_rng(0).integers(0, 256, (N, *SHAPE), dtype=np.uint8)
    write_images(folder / "train.parquet", pixels, np.arange(N) % 4)
    networks = {0: network(0), 5: network(1)}
    write_checkpoints(folder, networks, **built)
    return pixels, networks


def run(folder, *, examples=CHOSEN, epoch=None, job=JOB, save_interval=60.0, **settings):
    wanted = certification.Wanted(folder / "checkpoints.parquet", examples, folder / "certificates.parquet", job, epoch)
    certification.certify_examples(
        [wanted],
        images=folder / "train.parquet",
        certification=SETTINGS | settings,
        save_interval=save_interval,
    )
    return folder / "certificates.parquet"


def rows(path):
    return tables.read(path, CERTIFICATES).to_pylist()


@pytest.fixture
def certified(monkeypatch):
    """Numbers of images given to `certify`, call by call."""
    calls = []

    def recorded(classifier, images, **options):
        calls.append(len(images))
        return certify.certify(classifier, images, **options)

    monkeypatch.setattr(certification, "certify", recorded)
    return calls


def test_the_table_holds_the_certificates_of_the_examples_in_their_order(tmp_path):
    pixels, networks = write_run(tmp_path)
    found = rows(run(tmp_path))

    def generator(image, block):
        seeds = Seeds(3, f"a_run, example {CHOSEN[image]}")
        return torch.Generator().manual_seed(seeds.integer_seed("certification noise", block))

    expected = {
        CHOSEN[one.image]: one
        for one in certify.certify(
            networks[5],
            torch.from_numpy(pixels[CHOSEN]),
            normalisation=Normalisation([0.5], [0.3], CPU),
            batch_size=100,
            generator=generator,
            certification=Certification(**SETTINGS),
        )
    }
    assert [row["example"] for row in found] == CHOSEN
    for row in found:
        certificate = vars(expected[row["example"]])
        assert {key: row[key] for key in certificate if key != "image"} == {
            key: value for key, value in certificate.items() if key != "image"
        }
    assert any(row["radius"] is None for row in found)
    assert any(row["radius"] is not None for row in found)


def test_an_example_s_certificate_depends_on_no_other_example(tmp_path):
    write_run(tmp_path)
    together = {row["example"]: row for row in rows(run(tmp_path))}
    for example in CHOSEN:
        assert rows(run(tmp_path, examples=[example])) == [together[example]]


def test_the_last_checkpoint_is_certified_unless_an_epoch_is_asked_for(tmp_path):
    write_run(tmp_path)
    last, asked, first = (rows(run(tmp_path, epoch=epoch)) for epoch in (None, 5, 0))
    assert last == asked
    assert last != first


def test_the_table_tells_its_noise_and_where_it_comes_from(tmp_path):
    write_run(tmp_path)
    path = run(tmp_path, noise_units="pixel")
    stated = tables.provenance(path)
    assert (stated["seed_key"], stated["study_seed"], stated["epoch"]) == ("a_run", 3, 5)
    assert stated["params"] == {"code": "c"}
    assert stated["certification"] == SETTINGS | {"noise_units": "pixel"}
    assert {row["noise_units"] for row in rows(path)} == {"pixel"}


def test_another_run_or_study_draws_other_noise(tmp_path):
    write_run(tmp_path)
    counts = {
        tuple(row["count"] for row in rows(run(tmp_path, job=job))) for job in (JOB, Job(3, "b"), Job(4, "a_run"))
    }
    assert len(counts) == 3


def test_repeating_changes_no_byte_and_leaves_only_the_table(tmp_path, monkeypatch):
    write_run(tmp_path)
    first = run(tmp_path).read_bytes()
    before = sorted(tmp_path.iterdir())
    monkeypatch.setattr(certification, "default_batch_size", lambda device, shape: 100)
    assert run(tmp_path, save_interval=0.0).read_bytes() == first
    assert sorted(tmp_path.iterdir()) == before


def interrupt(folder, after, **changes):
    """Begin a certification and stop it after so many examples, all of them saved."""
    add = certification._Saved.add

    def add_and_stop(saved, row):
        add(saved, row)
        if len(saved.rows) == after:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certification._Saved, "add", add_and_stop)
        with pytest.raises(KeyboardInterrupt):
            run(folder, save_interval=0.0, **changes)


def test_a_stopped_job_goes_on_after_its_last_finished_example(tmp_path, certified):
    write_run(tmp_path)
    whole = run(tmp_path).read_bytes()
    interrupt(tmp_path, after=3)
    assert run(tmp_path).read_bytes() == whole
    assert certified == [8, 8, 5]


def test_a_stopped_job_of_several_networks_certifies_no_example_again(tmp_path, certified):
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
        write_run(folder)
    wanted = [
        certification.Wanted(folder / "checkpoints.parquet", CHOSEN, folder / "table.parquet", Job(3, folder.name))
        for folder in folders
    ]
    options = {"images": folders[0] / "train.parquet", "certification": SETTINGS}
    certification.certify_examples(wanted, **options)
    whole = [one.output.read_bytes() for one in wanted]
    certified.clear()

    def remove_and_stop(parts):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(certification.Parts, "remove", remove_and_stop)
        with pytest.raises(KeyboardInterrupt):
            certification.certify_examples(wanted, **options)
    for one in wanted:
        one.output.unlink()  # as Snakemake does before it starts a job again
    certification.certify_examples(wanted, **options)
    assert certified == [8, 8, 0, 0]
    assert [one.output.read_bytes() for one in wanted] == whole
    assert not list(tmp_path.rglob("from_*.parquet"))


@pytest.mark.parametrize(
    "change", [{"standard_deviation": 0.6}, {"job": OTHER_CODE}, {"job": Job(3, "b")}, {"epoch": 0}]
)
def test_what_another_certification_saved_is_not_used(tmp_path, certified, change):
    write_run(tmp_path)
    interrupt(tmp_path, after=3, **change)
    run(tmp_path)
    assert certified == [8, 8]


@pytest.mark.slow
def test_a_job_killed_midway_goes_on_to_the_same_bytes(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        write_run(folder)
    every = {"examples": list(range(N)), "n": 2000, "save_interval": 0.0}
    code = f"from pathlib import Path; import {__name__} as t\nt.run(Path({str(killed)!r}), **{every!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"OMP_NUM_THREADS": "1"}, stderr=subprocess.DEVNULL
    )
    parts = killed / "certificates"
    while process.poll() is None and len(list(parts.glob("from_*.parquet"))) < 3:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert len(list(parts.glob("from_*.parquet"))) >= 3
    assert not (killed / "certificates.parquet").exists()
    assert run(killed, **every).read_bytes() == run(whole, **every).read_bytes()
    assert not parts.exists()


@pytest.mark.parametrize(("chosen", "message"), [([3, 60], "60 is none of them"), ([3, 4, 3], "one is named twice")])
def test_examples_that_do_not_exist_or_are_named_twice_are_refused(tmp_path, chosen, message):
    write_run(tmp_path)
    with pytest.raises(DataError, match=message):
        run(tmp_path, examples=chosen)


def test_settings_are_refused_before_anything_is_written(tmp_path):
    write_run(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ConfigError, match="can certify nothing"):
        run(tmp_path, n=5, alpha=0.001)
    with pytest.raises(TrainingError, match="no checkpoint of epoch 3"):
        run(tmp_path, epoch=3)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_network_is_certified_in_the_precision_that_it_was_trained_in(tmp_path, monkeypatch, precision):
    write_run(tmp_path, precision=precision)
    forward, seen = torch.nn.Linear.forward, set()

    def recorded(layer, inputs):
        logits = forward(layer, inputs)
        if len(inputs) > 1:  # draws of noise
            seen.add(logits.dtype)
        return logits

    monkeypatch.setattr(torch.nn.Linear, "forward", recorded)
    run(tmp_path, examples=[1])
    assert seen == {getattr(torch, precision)}
