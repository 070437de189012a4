import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import norm, rankdata

from rote.density.diagnostics import Diagnosis, diagnose, disagreement
from rote.errors import DataError

LAST_APART = np.array([[0], [0], [0], [3]])


def mixed(chains=4, draws=200):
    return np.random.default_rng(0).normal(size=(chains, draws))


def rank_normalised_r_hat(trace):
    """Vehtari et al. (2021), eqs 1-4 and 14, for an even number of draws."""

    def r_hat(halves):
        z = norm.ppf((rankdata(halves) - 0.375) / (halves.size + 0.25)).reshape(halves.shape)
        draws = halves.shape[1]
        within, between = z.var(axis=1, ddof=1).mean(), draws * z.mean(axis=1).var(ddof=1)
        return np.sqrt(((draws - 1) / draws * within + between / draws) / within)

    halves = np.concatenate(np.split(trace, 2, axis=1))
    return max(r_hat(halves), r_hat(abs(halves - np.median(halves))))


def test_chains_that_mix_are_converged():
    diagnosis = diagnose(mixed() + 5)
    assert diagnosis.converged
    assert diagnosis.r_hat < 1.02
    assert diagnosis.effective_sample_size == pytest.approx(800, rel=0.3)
    assert diagnosis.mean == pytest.approx((mixed() + 5).mean())
    assert diagnosis.deviation == pytest.approx(mixed().std())


def test_chains_around_different_means_are_not_converged():
    diagnosis = diagnose(mixed() + LAST_APART)
    assert not diagnosis.converged
    assert diagnosis.r_hat > 1.1


def test_chains_of_different_spread_are_not_converged():
    assert not diagnose(mixed() * [[1], [1], [1], [10]]).converged


@pytest.mark.parametrize("trace", [mixed(3, 20), mixed().cumsum(axis=1), np.rint(mixed(2, 12))])
def test_r_hat_is_that_of_vehtari_et_al(trace):
    assert diagnose(trace).r_hat == pytest.approx(rank_normalised_r_hat(trace), rel=1e-10)


def test_effective_sample_size_of_an_autoregression_is_known():
    noise = np.random.default_rng(1).normal(size=(4, 5000))
    trace = noise.copy()
    for step in range(1, trace.shape[1]):
        trace[:, step] += 0.8 * trace[:, step - 1]
    assert diagnose(trace).effective_sample_size == pytest.approx(trace.size * 0.2 / 1.8, rel=0.2)


def test_equal_constant_traces_are_converged_without_r_hat():
    assert diagnose(np.full((4, 20), 6)) == Diagnosis(6.0, 0.0, None, None, True)


def test_chains_that_stand_still_at_different_values_are_not_converged():
    assert diagnose(np.repeat([[5], [7]], 20, axis=1)) == Diagnosis(6.0, 1.0, None, None, False)


def test_a_drift_of_a_single_chain_is_seen():
    assert diagnose(mixed(1)).converged
    assert not diagnose(mixed(1) + np.linspace(0, 10, 200)).converged


def test_chains_too_short_to_judge_are_not_converged():
    assert diagnose([[1.0, 2.0, 3.0]]) == Diagnosis(2.0, pytest.approx((2 / 3) ** 0.5), None, None, False)


@pytest.mark.parametrize("trace", [[1.0, 2.0], np.ones((0, 5)), np.ones((2, 0))])
def test_what_is_no_trace_is_refused(trace):
    with pytest.raises(DataError, match=r"\(chains, draws\)"):
        diagnose(trace)


def test_a_trace_that_is_not_finite_is_refused():
    with pytest.raises(DataError, match="NaN"):
        diagnose([[1.0] * 8, [np.nan] * 8])


def test_a_warning_names_the_classes_and_quantities_that_disagree():
    good, bad = diagnose(mixed()), diagnose(mixed() + LAST_APART)
    sentence = disagreement({(3, "log_joint"): bad, (4, "log_joint"): good, (17, "log_joint"): bad, (4, "K"): bad})
    assert "log_joint of class 3, 17; K of class 4" in sentence
    assert disagreement({(3, "log_joint"): good}) is None


LATE_IMPORT = """
import pathlib, sys
from rote.density.diagnostics import diagnose

assert "arviz" not in sys.modules
replace = pathlib.Path.replace

def another_job_was_faster(self, target):
    replace(self, target)
    raise FileNotFoundError(self)

pathlib.Path.replace = another_job_was_faster
print(diagnose([[1.0, 2, 4, 3, 5, 7, 6, 8]] * 2).r_hat)
"""


def test_arviz_is_imported_late_without_its_announcement_and_by_jobs_at_the_same_time(tmp_path):
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}  # where it notes that it announced itself today
    job = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", LATE_IMPORT],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert job.returncode == 0, job.stderr
    assert "FutureWarning" not in job.stderr
    assert float(job.stdout) > 1


def test_arviz_without_a_place_for_its_cache_asks_for_one():
    diagnosed = "from rote.density.diagnostics import diagnose; diagnose([[1.0, 2, 4, 3, 5, 7, 6, 8]] * 2)"
    environment = os.environ | {"XDG_CACHE_HOME": "/proc/nobody"}
    job = subprocess.run([sys.executable, "-c", diagnosed], env=environment, capture_output=True, text=True)
    assert job.stderr.splitlines()[-1].startswith("rote.errors.RoteError: ArviZ finds no place")
    assert "XDG_CACHE_HOME=/a/folder" in job.stderr
