"""The processor that a job computes on, and the memory beside it.

Every job knows of it, but not every job's environment has torch: it is imported when it is needed.
"""

import ctypes
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # glibc's mallopt(3)


def pick(threads: int | None = None) -> "torch.device":
    """The GPU that the scheduler made visible, else the CPU.

    Parameters
    ----------
    threads : int, optional
        CPU threads that the job asked for. On the CPU the bytes of a result depend on this number.

    Returns
    -------
    torch.device
    """
    import torch

    keep_freed_memory()
    if threads is not None:
        torch.set_num_threads(threads)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def keep_freed_memory() -> bool:
    """Have this process keep memory that it frees, for its next need, until it ends.

    glibc returns large blocks to the kernel at once, and the next layer's maps fault them in again, page by page: up to
    half of the time of a network on the CPU (benchmarks/certification.md). No computation's result depends on it.

    Returns
    -------
    bool
        Whether it does from now on: other C libraries have no such setting, and are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    most = 2**31 - 1
    return mallopt is not None and all([mallopt(M_MMAP_MAX, 0), mallopt(M_TRIM_THRESHOLD, most)])


def describe(device: "torch.device") -> str:
    """A device in words, for a table's provenance: a GPU's model, or the CPU's architecture and thread count."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
