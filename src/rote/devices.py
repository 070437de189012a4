"""The processor that a job computes on."""

import platform

import torch


def pick(threads: int | None = None) -> torch.device:
    """The GPU that the scheduler made visible, else the CPU.

    Parameters
    ----------
    threads : int, optional
        CPU threads that the job asked for. On the CPU the bytes of a result depend on this number.

    Returns
    -------
    torch.device
    """
    if threads is not None:
        torch.set_num_threads(threads)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe(device: torch.device) -> str:
    """A device in words, for a table's provenance: a GPU's model, or the CPU's architecture and thread count."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.machine()} CPU, {torch.get_num_threads()} threads"
