"""Machine code, here the sampler's: compiled apart, loaded by whoever samples."""

import os
import signal
import subprocess
import sys
import time

import pytest

SAMPLED = """
import hashlib
import numpy as np
from rote.density.mixture import DirichletProcessGaussianMixture

points = np.random.default_rng(0).normal(size=(240, 64)) * np.linspace(1, 3, 64)
model = DirichletProcessGaussianMixture(n_sweeps=60, n_discarded=20, keep_every=4, n_chains=1, random_state=1)
fitted = model.fit(points)
print(hashlib.sha256(np.ascontiguousarray(fitted.log_joint_trace_).tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_the_first_fit_on_a_machine_has_the_bytes_of_the_next(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run(
            [sys.executable, "-c", SAMPLED], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    )
    assert len(first.strip()) == 64
    assert first == second


def test_a_killed_compilation_leaves_nothing_to_load(tmp_path):
    kept, apart = tmp_path / "kept", tmp_path / "apart"
    apart.mkdir()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(kept), "TMPDIR": str(apart)}
    fit = subprocess.Popen([sys.executable, "-c", SAMPLED], env=environment, start_new_session=True)
    while not list(apart.rglob("*.nbi")):
        assert fit.poll() is None
        time.sleep(0.1)
    os.killpg(fit.pid, signal.SIGKILL)
    fit.wait()
    assert not [path for path in kept.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_fits_that_start_together_compile_once(tmp_path):
    statement = f"import time; time.sleep(1); open({str(tmp_path / 'compiled')!r}, 'a').write('once')"
    imports = "from pathlib import Path; from rote.compilation import compile_elsewhere"
    fit = f"{imports}; compile_elsewhere({statement!r}, Path({str(tmp_path)!r}))"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    fits = [subprocess.Popen([sys.executable, "-c", fit], env=environment) for _ in range(3)]
    assert [one.wait() for one in fits] == [0, 0, 0]
    assert (tmp_path / "compiled").read_text() == "once"


def test_machine_code_without_a_place_asks_for_one(tmp_path):
    (tmp_path / "a file").touch()
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "a file/folder")}
    done = subprocess.run([sys.executable, "-c", SAMPLED], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("rote.errors.RoteError")
    assert "NUMBA_CACHE_DIR=/a/folder" in done.stderr
