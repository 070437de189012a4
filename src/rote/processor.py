"""The kind of processor that numbers are computed on: results agree to the last bit within a kind, and not beyond."""

import os
import platform
from functools import cache
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
LEVELS = (  # oneDNN's names of the instruction sets between which it chooses kernels, and the flags that each needs
    ("sse41", {"sse4_1"}),
    ("avx", {"avx"}),
    ("avx2", {"avx2", "fma"}),
    ("avx2_vnni", {"avx_vnni"}),
    ("avx512_core", {"avx512f", "avx512bw", "avx512vl", "avx512dq"}),
    ("avx512_core_vnni", {"avx512_vnni"}),
    ("avx512_core_bf16", {"avx512_bf16"}),
    ("avx512_core_fp16", {"avx512_fp16"}),
    ("avx512_core_amx", {"amx_tile", "amx_int8", "amx_bf16"}),
)
LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")
CHOICES = (
    "ATEN_CPU_CAPABILITY",
    "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS",
    "NPY_DISABLE_CPU_FEATURES",
    "NUMBA_CPU_FEATURES",
    "NUMBA_CPU_NAME",
    "OPENBLAS_CORETYPE",
)


@cache
def processor() -> dict[str, str]:
    """The processor and which of its instructions the numerical libraries use.

    Returns
    -------
    dict of str to str
        ``model``; ``instructions``, the highest of oneDNN's levels that the processor has and the environment allows;
        and every variable of the environment by which a library is told to use other kernels. Together with the
        versions of packages this decides how sums are rounded: two results of one seed can be equal to the last bit
        only where all of it is equal.
    """
    info = _cpu_info()
    limit = next((os.environ[name] for name in LIMITS if os.environ.get(name)), "")
    told = {name: os.environ[name] for name in CHOICES if os.environ.get(name)}
    return {
        "model": info.get("model name", platform.processor() or platform.machine()),
        "instructions": instructions(set(info.get("flags", "").split()), limit),
        **told,
    }


def instructions(flags: set[str], limit: str = "") -> str:
    """Highest of oneDNN's levels.

    Parameters
    ----------
    flags : set of str
        What the processor has, in Linux's words.
    limit : str
        Highest level that the environment allows, in oneDNN's words and either case; all by default.

    Returns
    -------
    str
        The machine's architecture where it has none of them.
    """
    found = platform.machine()
    for name, needed in LEVELS:
        if name != "avx2_vnni" and not needed <= flags:  # avx2_vnni is a side branch that AVX-512 does not need
            break
        if needed <= flags:
            found = name
        if name == limit.lower():
            break
    return found


def describe() -> str:
    """The processor in a line."""
    kind = processor()
    return ", ".join([kind["model"], *(f"{name} {value}" for name, value in kind.items() if name != "model")])


def _cpu_info() -> dict[str, str]:
    """What Linux says of the first processor; empty elsewhere."""
    if not CPU_INFO.is_file():
        return {}
    first, _, _ = CPU_INFO.read_text(encoding="utf-8").partition("\n\n")
    pairs = (line.partition(":") for line in first.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}
