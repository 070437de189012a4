import subprocess
import sys

import pytest

from rote.processor import describe, instructions, processor

AVX2 = {"sse4_1", "avx", "avx2", "fma"}
AVX512 = AVX2 | {"avx512f", "avx512bw", "avx512vl", "avx512dq"}


@pytest.mark.parametrize(
    ("flags", "level"),
    [
        ({"sse4_1"}, "sse41"),
        (AVX2, "avx2"),
        (AVX2 | {"avx_vnni"}, "avx2_vnni"),
        (AVX512, "avx512_core"),
        (AVX512 | {"avx512_vnni", "avx512_bf16"}, "avx512_core_bf16"),
        (AVX512 | {"avx512_bf16"}, "avx512_core"),
        (AVX2 | {"avx512f"}, "avx2"),
    ],
)
def test_the_level_is_the_highest_of_which_all_flags_are_there(flags, level):
    assert instructions(flags) == level


@pytest.mark.parametrize(
    ("limit", "level"), [("AVX2", "avx2"), ("avx", "avx"), ("SSE41", "sse41"), ("", "avx512_core")]
)
def test_the_environment_may_lower_the_level(limit, level):
    assert instructions(AVX512, limit) == level


def test_the_environment_does_not_raise_the_level():
    assert instructions(AVX2, "AVX512_CORE") == "avx2"


def test_a_processor_without_such_instructions_is_told_by_its_architecture():
    assert instructions(set()) not in {"", "sse41"}


def test_a_choice_of_other_kernels_is_another_kind_of_processor():
    code = "from rote.processor import processor; print(processor())"
    said = subprocess.run(
        [sys.executable, "-c", code], env={"MKL_CBWR": "COMPATIBLE"}, capture_output=True, text=True, check=True
    ).stdout
    assert "'MKL_CBWR': 'COMPATIBLE'" in said


def test_the_line_names_model_and_instructions():
    assert processor()["model"] in describe()
    assert processor()["instructions"] in describe()
