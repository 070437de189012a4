"""What settings declare is held against what it describes; the modules that the library imports declare and no more."""

import ast
import re
import subprocess
import sys
from dataclasses import asdict
from typing import get_args

import pytest

from rote.config.architecture import Architecture
from rote.config.architectures.resnet import ResNet
from rote.config.architectures.vgg import VGG
from rote.config.dataset import Own, Published
from rote.config.datasets.spheres import Spheres
from rote.config.datasets.tiny_imagenet import TinyImageNet
from rote.config.reference import ROOT
from rote.config.sizes import Size, size_of
from rote.config.taps import layer_names, relu_names, tap_names
from rote.config.traits import normalises_batches, trains_side_by_side
from rote.data.dataset import configured
from rote.models import taps
from rote.models.build import architectures, build

SOURCE = ROOT / "src/rote/config"
MACHINERY = {
    *(
        "__main__",
        "checks",
        "checks_geometry",
        "checks_masc",
        "checks_options",
        "checks_sets",
        "checks_shared",
        "checks_stitching",
        "checks_training",
    ),
    *("faults", "families", "files", "forms", "names", "outside", "reference", "references"),
    *("sets", "sizes", "taps", "traits", "validation"),
}
DECLARATIONS = sorted(path for path in SOURCE.rglob("*.py") if path.stem not in MACHINERY)
SMALL = {"patch_size": 4, "layers": 3, "heads": 2, "hidden_size": 8, "mlp_size": 8, "input_size": 8, "width": 2} | {
    "token_mlp_size": 4,
    "channel_mlp_size": 4,
}


def small(kind):
    return kind(**{name: value for name, value in SMALL.items() if name in kind.__dataclass_fields__})


def test_every_architecture_and_data_set_of_the_library_is_in_its_registry():
    assert sorted(kind.name for kind in get_args(Architecture)) == list(architectures())
    for registry, folder in ((Published, "datasets"), (Own, "kinds")):
        modules = sorted(path.stem for path in (ROOT / "src/rote/data" / folder).glob("[!_]*.py"))
        assert sorted(dataset.kind for dataset in get_args(registry)) == modules


@pytest.mark.parametrize("kind", get_args(Architecture), ids=lambda kind: kind.name)
def test_taps_are_those_of_the_network(kind):
    options = {key: value for key, value in asdict(small(kind)).items() if key != "name"}
    network = build(kind.name, image_shape=(8, 8, 3), n_classes=3, seed=0, **options)
    assert tap_names(small(kind)) == tuple(network.taps)
    assert len(relu_names(small(kind))) == len(network.relus)
    assert layer_names(small(kind)) == taps.tap_names(network, "layers")
    if network.relus:
        assert relu_names(small(kind)) == taps.tap_names(network, "relu")
    normalised = any("BatchNorm" in type(module).__name__ for module in network.modules())
    assert normalises_batches(small(kind)) == normalised


def test_vgg_normalises_batches_and_can_be_stacked_as_its_options_say():
    assert normalises_batches(VGG())
    assert not normalises_batches(VGG(batch_norm=False))
    assert trains_side_by_side(VGG())
    assert not trains_side_by_side(VGG(dropout=0.5))


def test_a_deeper_resnet_declares_the_relus_and_layers_of_its_network():
    network = build("resnet", image_shape=(8, 8, 3), n_classes=3, seed=0, depth=50, width=2)
    assert relu_names(ResNet(depth=50)) == taps.tap_names(network, "relu")
    assert layer_names(ResNet(depth=50)) == taps.tap_names(network, "layers")


@pytest.mark.parametrize("published", get_args(Published), ids=lambda one: one.kind)
def test_options_and_defaults_of_a_data_set_are_those_of_the_library(published):
    given = {name: value for name, value in vars(published()).items() if name != "kind"}
    assert vars(configured(published.kind)) == given


@pytest.mark.parametrize("own", get_args(Own), ids=lambda one: one.kind)
def test_options_and_defaults_of_data_of_one_s_own_are_those_of_the_library(own):
    given = {name: value for name, value in vars(own(path="x")).items() if name != "kind"}
    assert vars(configured("mine", {"kind": own.kind, "path": "x"})) == given


@pytest.mark.parametrize("published", get_args(Published), ids=lambda one: one.kind)
def test_known_numbers_of_images_are_those_that_the_library_tells(published):
    size = size_of(published())
    told = re.match(r"([\d,]+) training and ([\d,]+) test images of (\d+) classes", configured(published.kind).__doc__)
    if told:
        assert (size.n_train, size.n_test, size.n_classes) == tuple(int(n.replace(",", "")) for n in told.groups())
    else:
        assert published is Spheres


def test_sizes_follow_from_options():
    spheres = Spheres(classes=4, train_per_class=5, test_per_class=2, ambient_dimension=64)
    assert size_of(spheres) == Size((8, 8, 1), 20, 8, 4)
    assert size_of(TinyImageNet(size=32)).image_shape == (32, 32, 3)


@pytest.mark.parametrize("path", DECLARATIONS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_that_are_no_part_of_fingerprints_hold_declarations_alone(path):
    body = ast.parse(path.read_text()).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    allowed = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.Expr
    assert all(isinstance(node, allowed | ast.ClassDef) for node in body)
    assert all(isinstance(node, ast.AnnAssign | ast.Expr) for kind in classes for node in kind.body)
    docstrings = [node for kind in [ast.Module(body), *classes] for node in kind.body if isinstance(node, ast.Expr)]
    assert all(isinstance(node.value, ast.Constant) for node in docstrings)


def test_the_library_imports_declarations_alone():
    """A fingerprint leaves rote.config out: what a job runs must not lie there."""
    machinery = {f"rote.config.{name}" for name in MACHINERY}
    for path in (ROOT / "src/rote").rglob("*.py"):
        if SOURCE not in path.parents:
            nodes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
            named = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
            assert not machinery & (named | {node.module for node in nodes}), path


def test_declarations_import_nothing_heavy():
    code = "import sys, rote.config.study; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, text=True, capture_output=True).stdout.split()
    assert not {"numpy", "torch", "pydantic", "yaml", "pyarrow"} & set(loaded)
