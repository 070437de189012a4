import subprocess
import sys

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from rote.tensors import description, save

WRITE = """
import sys, torch
from pathlib import Path
from rote.tensors import save
save(Path(sys.argv[1]), {"b": torch.ones(2), "a": torch.zeros(3)}, {"two": 2, "one": [1, "x"]})
"""


def test_tensors_and_their_description_read_back_as_written(tmp_path):
    tensors = {"weights": torch.randn(4, 3, 2, 2).to(memory_format=torch.channels_last), "count": torch.tensor(7)}
    save(tmp_path / "t", tensors, {"epoch": 3, "history": [0.1]})
    read = load_file(tmp_path / "t")
    assert all(torch.equal(read[name], tensor) for name, tensor in tensors.items())
    assert description(tmp_path / "t") == {"epoch": 3, "history": [0.1]}


def test_another_process_writes_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        subprocess.run([sys.executable, "-c", WRITE, tmp_path / name], check=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_what_is_returned_is_what_lies_in_the_file(tmp_path):
    assert save(tmp_path / "t", {"a": torch.ones(2)}) == (tmp_path / "t").read_bytes()


def test_a_file_without_description_has_an_empty_one(tmp_path):
    save(tmp_path / "t", {"a": torch.ones(2)})
    assert description(tmp_path / "t") == {}


def test_a_damaged_file_has_no_description(tmp_path):
    save(tmp_path / "t", {"a": torch.ones(2)}, {"epoch": 3})
    (tmp_path / "t").write_bytes((tmp_path / "t").read_bytes()[:20])
    with pytest.raises(SafetensorError):
        description(tmp_path / "t")
