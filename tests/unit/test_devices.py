"""The processor of a job, and the memory that its process keeps."""

import ctypes
import resource
import subprocess
import sys

import pytest
import torch

from rote import devices

FAULTS = """
import resource
import torch
from rote import devices

devices.pick()
for _ in range(100):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="needs glibc, whose allocator is set")
def test_memory_that_a_job_frees_is_not_faulted_in_again() -> None:
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    pages_of_all = 100 * 2**24 * 4 // resource.getpagesize()
    assert int(done.stdout) < pages_of_all / 2


def test_threads_are_those_asked_for() -> None:
    before = torch.get_num_threads()
    devices.pick(threads=1)
    assert torch.get_num_threads() == 1
    torch.set_num_threads(before)
