"""Gradients on a CPU without AVX-512, whose kernels for narrow networks are wrong in channels-last layout."""

import json
import os
import subprocess
import sys

import pytest

ERRORS = """
import json
import torch
from rote.gradients.parts import label_parts
from rote.models.build import build
from rote.training.examples import Examples
from rote.training.inputs import Normalisation

torch.set_num_threads({threads})
drawn, device = torch.Generator().manual_seed(0), torch.device("cpu")
images = torch.randint(0, 256, (24, 8, 8, 1), generator=drawn, dtype=torch.uint8)
labels = torch.randint(0, 3, (24,), generator=drawn)
examples = Examples(images, labels, labels, torch.zeros(24, dtype=torch.bool))
for width in (1, 2, 4, 7):
    found = []
    for dtype in (torch.float32, torch.float64):
        model = build("preactivation_resnet18", image_shape=(8, 8, 1), n_classes=3, seed=0, width=width)
        model.to(dtype).to(memory_format=torch.channels_last).eval()
        normalisation = Normalisation((0.5,), (0.3,), device, dtype, torch.channels_last)
        found.append(label_parts(model, examples, normalisation).total["all"])
    largest = max(tensor.abs().max() for tensor in found[1].values())
    error = max((found[0][layer] - found[1][layer]).abs().max() for layer in found[1]) / largest
    print(json.dumps([width, error.item()]), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_gradients_of_narrow_networks_are_those_of_float64_whatever_the_network_s_layout(threads):
    """In a process of its own: the fault that it looks for kills, or gives another gradient."""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    command = [sys.executable, "-c", ERRORS.format(threads=threads)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    errors = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"after {errors[-1:]}: {done.stderr[-200:]}"
    assert len(errors) == 4
    assert max(error for _, error in errors) < 1e-3
