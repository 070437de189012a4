import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from rote.errors import ConfigError, DataError
from rote.representations.gram import double_centred, u_centred
from rote.similarity import rows
from rote.similarity.averaging import BATCHES
from rote.similarity.cka import ESTIMATORS, linear_cka
from rote.similarity.epoch_cka import epoch_cka, tiles


def hsic(x, y, estimator):
    centred = u_centred if estimator == "unbiased" else double_centred
    x, y = x.double(), y.double()
    return float((centred(x @ x.T) * centred(y @ y.T)).sum())


def pairwise(networks, estimator, batches, keep=None):
    """The map by a loop over pairs, in float64, of the batches in `keep`."""
    keep = range(len(networks[0])) if keep is None else keep
    result = np.empty((len(networks), len(networks)))
    for i, x in enumerate(networks):
        for j, y in enumerate(networks):
            if batches == "mean_of_cka":
                result[i, j] = np.mean([linear_cka(x[b], y[b], estimator=estimator) for b in keep])
            else:
                sums = [sum(hsic(p[b], q[b], estimator) for b in keep) for p, q in ((x, y), (x, x), (y, y))]
                result[i, j] = sums[0] / (sums[1] * sums[2]) ** 0.5
    return result


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("d", [5, 15, 16, 60])
def test_the_map_is_that_of_a_loop_over_pairs(stored, walk, estimator, batches, d):
    networks = walk(6, 3, 32, d)
    of_tap = rows.load(stored({"tap": networks}), "tap", estimator=estimator)
    found = epoch_cka(of_tap, estimator=estimator, batches=batches)
    assert found.cka == pytest.approx(pairwise(networks, estimator, batches), abs=1e-6)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_offsets_of_a_thousand_deviations_leave_the_map_exact(stored, walk, estimator):
    networks = [network + 1000 * (1 + i) for i, network in enumerate(walk(4, 1, 32, 100))]
    found = epoch_cka(rows.load(stored({"tap": networks}), "tap"), estimator=estimator)
    assert found.cka == pytest.approx(pairwise(networks, estimator, "mean_of_cka"), abs=1e-6)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("d", [3, 60])
def test_blocks_of_columns_side_by_side_are_the_whole_unit_vectors(stored, walk, estimator, d):
    of_tap = rows.load(stored({"tap": walk(3, 2, 16, d)}), "tap")
    whole = of_tap.block(1, slice(None), estimator)
    pieces = [of_tap.block(1, slice(start, start + 23), estimator) for start in range(0, of_tap.length, 23)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, atol=1e-7, rtol=0)
    torch.testing.assert_close(whole.double().square().sum(1), torch.ones(3, dtype=torch.float64), atol=1e-6, rtol=0)


@pytest.mark.parametrize("batches", BATCHES)
@pytest.mark.parametrize("memory", [5_000, 20_000, 1 << 30])
def test_the_map_does_not_depend_on_the_memory(stored, walk, batches, memory):
    of_tap = rows.load(stored({"tap": walk(12, 2, 16, 40)}), "tap")
    whole = epoch_cka(of_tap, batches=batches)
    tiled = epoch_cka(of_tap, batches=batches, memory=memory)
    assert tiled.cka == pytest.approx(whole.cka, abs=1e-6)
    assert tiled.standard_error == pytest.approx(whole.standard_error, abs=1e-6)
    used = list(tiles(of_tap, estimator="biased", batches=batches, memory=memory))
    assert (len(used) == 1) == (memory == 1 << 30)


@pytest.mark.parametrize("memory", [150_000, 300_000])
def test_a_map_of_one_tile_has_the_same_bytes_whatever_the_memory(stored, walk, memory):
    of_tap = rows.load(stored({"tap": walk(12, 2, 64, 40)}), "tap")
    assert list(
        map(len, (tile.cka for tile in tiles(of_tap, estimator="biased", batches="mean_of_cka", memory=memory)))
    ) == [12]
    assert (epoch_cka(of_tap, memory=memory).cka == epoch_cka(of_tap).cka).all()


def test_too_little_memory_for_one_row_of_the_map_is_refused(stored, walk):
    of_tap = rows.load(stored({"tap": walk(12, 2, 16, 40)}), "tap")
    with pytest.raises(ConfigError, match="memory for CKA must be at least"):
        epoch_cka(of_tap, memory=100)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_diagonal_is_exactly_one_and_the_map_symmetric(stored, walk, estimator):
    found = epoch_cka(rows.load(stored({"tap": walk(5, 2, 20, 40)}), "tap"), estimator=estimator, memory=4000)
    assert (found.cka.diagonal() == 1).all()
    assert (found.standard_error.diagonal() == 0).all()
    assert (found.cka == found.cka.T).all()


def test_biased_values_lie_between_zero_and_one_and_the_map_is_a_kernel(stored, walk):
    found = epoch_cka(rows.load(stored({"tap": walk(8, 2, 20, 40, step=3)}), "tap")).cka
    assert ((found >= 0) & (found <= 1)).all()
    assert np.linalg.eigvalsh(found).min() > -1e-6


def test_the_standard_error_of_a_mean_is_the_deviation_over_batches(stored, walk):
    networks = walk(4, 5, 16, 40)
    found = epoch_cka(rows.load(stored({"tap": networks}), "tap"))
    of_batch = [pairwise(networks, "biased", "mean_of_cka", [b]) for b in range(5)]
    assert found.standard_error == pytest.approx(np.std(of_batch, axis=0, ddof=1) / 5**0.5, abs=1e-6)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_standard_error_of_a_ratio_is_that_of_the_jackknife(stored, walk, estimator):
    networks = walk(4, 5, 16, 40)
    found = epoch_cka(rows.load(stored({"tap": networks}), "tap"), estimator=estimator, batches="ratio_of_means")
    left_out = np.array([
        pairwise(networks, estimator, "ratio_of_means", [b for b in range(5) if b != out]) for out in range(5)
    ])  # fmt: skip
    jackknife = np.sqrt(4 / 5 * ((left_out - left_out.mean(0)) ** 2).sum(0))
    assert found.standard_error == pytest.approx(jackknife, abs=2e-6)


def test_one_batch_has_no_standard_error(stored, walk):
    found = epoch_cka(rows.load(stored({"tap": walk(3, 1, 16, 40)}), "tap"))
    assert np.isnan(found.standard_error).all()


def test_epochs_are_in_ascending_order_whatever_the_order_of_the_files(stored, walk):
    networks = walk(4, 2, 16, 40)
    of_tap = rows.load(stored({"tap": networks}, epochs=[30, 0, 7, 2]), "tap")
    assert of_tap.epochs.tolist() == [0, 2, 7, 30]
    expected = pairwise([networks[i] for i in (1, 3, 2, 0)], "biased", "mean_of_cka")
    assert epoch_cka(of_tap).cka == pytest.approx(expected, abs=1e-6)


def test_a_constant_representation_is_left_out(stored, walk):
    networks = walk(4, 2, 16, 40)
    networks[0] = torch.zeros_like(networks[0])
    of_tap = rows.load(stored({"tap": networks}), "tap")
    assert of_tap.epochs.tolist() == [1, 2, 3]


@pytest.mark.parametrize(("estimator", "epochs"), [("biased", [0, 1]), ("unbiased", [1])])
def test_a_layer_that_one_image_excites_is_rounding_to_the_unbiased_estimator_alone(stored, walk, estimator, epochs):
    networks = walk(2, 1, 16, 40)
    networks[0][:, 1:] = 0
    assert rows.load(stored({"tap": networks}), "tap", estimator=estimator).epochs.tolist() == epochs


def test_an_unknown_tap_is_refused_with_those_there_are(stored, walk):
    manifest = stored({"stage_1": walk(2, 1, 16, 40), "stage_2": walk(2, 1, 16, 40)})
    with pytest.raises(ConfigError, match="Did you mean stage_1"):
        rows.load(manifest, "stage1")


@pytest.mark.parametrize("epoch", [0, 1])
@pytest.mark.parametrize("damage", ["missing", "cut", "one bit"])
def test_a_damaged_file_of_rows_is_refused_by_name(stored, walk, damage, epoch):
    manifest = stored({"tap": walk(3, 1, 16, 40)})
    path = manifest.parent / "gram_rows" / f"own_0_{epoch}.safetensors"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-8])
    elif damage == "one bit":
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    else:
        path.unlink()
    with pytest.raises(DataError, match=rf"{path.name} is missing or damaged"):
        rows.load(manifest, "tap")


def test_batches_too_small_for_the_unbiased_estimator_are_refused(stored, walk):
    manifest = stored({"tap": walk(2, 1, 3, 40)})
    assert len(rows.load(manifest, "tap"))
    with pytest.raises(DataError, match="too small for the unbiased estimator"):
        rows.load(manifest, "tap", estimator="unbiased")


PEAK = """
import sys, threading, psutil, torch
torch.set_num_threads(1)
from pathlib import Path
from rote import tables
from rote.files import checksum
from rote.representations.gram_rows import described, pack
from rote.job import Job
from rote.similarity.compare import compare_epochs
from rote.tables.representations import GRAM_ROWS
from rote.tensors import save

folder, epochs, memory = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
generator = torch.Generator().manual_seed(0)
listed = {name: [] for name in ("reference", "index", "epoch", "file", "bytes", "checksum")}
for epoch in range(epochs):
    path = folder / f"{epoch}.safetensors"
    if epoch < 20:
        x = torch.randn(200, 120, generator=generator)
        other = torch.randn(600, 300, generator=generator)  # what else is in the file is not to stay in memory
        taps = {"tap": [pack(x[:100]), pack(x[100:])], "other": [pack(other)] * 2}
        save(path, *described(taps))
    else:
        path.hardlink_to(folder / f"{epoch % 20}.safetensors")
    for name, value in zip(listed, ("own", 0, epoch, path.name, path.stat().st_size, checksum(path))):
        listed[name].append(value)
tables.write(folder / "rows.parquet", GRAM_ROWS, listed, {})

def compare(manifest):
    compare_epochs(
        manifest, folder / "map.parquet", estimator="biased", batches="ratio_of_means",
        memory=memory, job=Job(), taps=["tap"],
    )

small = folder / "small.parquet"
tables.write(small, GRAM_ROWS, {name: values[:3] for name, values in listed.items()}, {})
compare(small)  # what the libraries take once is not the map's
process = psutil.Process()
before, peak, done = process.memory_info().rss, 0, threading.Event()

def watch():
    global peak
    while not done.wait(0.001):
        peak = max(peak, process.memory_info().rss)

thread = threading.Thread(target=watch)
thread.start()
compare(folder / "rows.parquet")
done.set()
thread.join()
print(peak - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [100, 1000])
def test_memory_stays_under_the_setting_when_epochs_grow_tenfold(tmp_path, epochs):
    memory = 64 << 20
    arguments = [sys.executable, "-c", PEAK, str(tmp_path), str(epochs), str(memory)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) < memory
