"""The check of the numerical building blocks, and what it holds of every architecture that can be trained narrow."""

import json
import os
import subprocess
import sys

import pytest

from rote import selfcheck
from rote.models.build import architectures
from rote.selfcheck import PARTS, Finding, Part

WIDTHS = {True: tuple(range(1, 17)), False: (1, 4, 7, 16)}  # by channels_last
OTHERS = {
    "alexnet": {"width": 4},
    "convolutional": {"convolutions": [{"channels": 3, "pooling": {}}, {"channels": 4}], "hidden": [6]},
    "mlp": {"depth": 2, "width": 8},
    "vgg": {"width": 4},
    "vision_transformer": {"patch_size": 4, "layers": 1, "heads": 2, "hidden_size": 8, "mlp_size": 8},
    "pretrained_vision_transformer": {
        **{"patch_size": 4, "layers": 1, "heads": 2, "hidden_size": 8, "mlp_size": 8},
        "input_size": 8,
    },
    "pretrained_mlp_mixer": {
        **{"patch_size": 4, "layers": 1, "hidden_size": 8, "token_mlp_size": 8, "channel_mlp_size": 8},
        "input_size": 8,
    },
}
BOTTLENECKS = {"depth": 50, "width": 2}
ALONE = """
import json
from rote.selfcheck import THROUGH_A_NETWORK, networks, step_error
import torch
for finding in networks({threads}, {widths}, ({layout},)):
    print(json.dumps(finding), flush=True)
for architecture, options in {others}:
    print(json.dumps([architecture, step_error(architecture, options, {layout}), THROUGH_A_NETWORK]), flush=True)
"""


def with_avx2(*command):
    """Run Python with no kernels beyond AVX2, in a process of its own: the fault that it looks for kills."""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    return subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("channels_last", [True, False])
def test_every_architecture_is_trained_by_the_gradients_of_float64_at_every_width(threads, channels_last):
    widths, others = WIDTHS[channels_last], [*OTHERS.items(), ("resnet", BOTTLENECKS)]
    done = with_avx2("-c", ALONE.format(threads=threads, layout=channels_last, widths=widths, others=others))
    findings = [Finding(*json.loads(line)) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"after {findings[-1:]}: {done.stderr[-200:]}"
    assert len(findings) == 2 * len(selfcheck.NETWORKS) * len(widths) + len(others)
    assert [finding for finding in findings if not finding.right] == []


def test_every_architecture_is_among_those_compared_with_float64():
    assert {*selfcheck.NETWORKS, *OTHERS} == set(architectures())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convolutions_1", "convolutions_2", "batch_norms_2", "matrix_products_1"])
def test_a_building_block_is_right_without_avx512(name, monkeypatch):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    findings, death = selfcheck.run(name)
    assert death == ""
    assert [finding for finding in findings if not finding.right] == []


@pytest.mark.parametrize("name", ["cholesky_updates", "sampler"])
def test_the_compiled_sampler_agrees_with_closed_forms(name):
    assert [finding for finding in PARTS[name].check() if not finding.right] == []


def only(monkeypatch, findings=(), death=""):
    """A self-check of one part, whose process found this."""
    monkeypatch.setattr(selfcheck, "PARTS", {"part": Part("a part", lambda: iter(()), "Do this.")})
    monkeypatch.setattr(selfcheck, "run", lambda name: (list(findings), death))


@pytest.mark.parametrize(
    ("findings", "death"),
    [
        ([Finding("one", 0.0, 1e-5), Finding("other", 0.3, 1e-5)], ""),
        ([Finding("other", float("nan"), 1e-5)], ""),
        ([], "its process was killed by SIGABRT (corrupted double-linked list)"),
        ([], ""),
    ],
    ids=["a wrong number", "not a number", "a killed process", "nothing compared"],
)
def test_a_wrong_part_is_named_with_what_to_do_and_a_non_zero_exit(monkeypatch, capsys, findings, death):
    only(monkeypatch, findings, death)
    assert selfcheck.main([]) == 1
    said = capsys.readouterr().out
    assert "WRONG  a part" in said
    assert "Do this." in said
    assert death in said
    assert all((finding.what in said) is not finding.right for finding in findings)


def test_a_right_machine_is_told_its_processor_and_libraries(monkeypatch, capsys):
    only(monkeypatch, [Finding("one", 1e-6, 1e-5)])
    assert selfcheck.main([]) == 0
    said = capsys.readouterr().out
    assert said.startswith("processor: ")
    assert "torch " in said
    assert "all 1 parts are right" in said


def test_a_part_whose_process_dies_says_how(monkeypatch):
    monkeypatch.setattr(selfcheck, "PATIENCE", 0.01)
    _, death = selfcheck.run("matrix_products_1")
    assert "did not end within" in death
