import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "envs/requirements.lock").read_text()
LOCKED = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)(?: ; python_full_version < '3.12')? \\$", LOCK, re.M))
ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))
IN_THE_LOCK = {"pytorch": "torch"}  # conda's name: the wheel's


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_conda_environments_name_the_versions_of_the_lock(path):
    named = dict(pin.split("=", 1) for pin in yaml.safe_load(path.read_text())["dependencies"])
    assert named.pop("python") == "3.11"
    assert named == {name: LOCKED[IN_THE_LOCK.get(name, name)] for name in named}


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_conda_environments_use_no_default_channel(path):
    assert "nodefaults" in yaml.safe_load(path.read_text())["channels"]


def test_the_lock_holds_no_address():
    assert not re.search(r"https?://|file:|--index|--find-links", LOCK)


def test_every_locked_package_has_hashes():
    requirements = re.findall(r"^[a-z0-9-]+==.*?(?=^[a-z]|\Z)", LOCK, re.M | re.S)
    assert len(requirements) > 80
    assert all("--hash=sha256:" in requirement for requirement in requirements)


BLOCKED = """
import importlib, sys
class Blocked:
    def find_spec(self, name, *_):
        if name in {blocked}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
for module in {modules}:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as lacking:
        print(module, "imports", lacking)
"""
FIGURES = [f"rote.figures.{path.stem}" for path in sorted((ROOT / "src/rote/figures").glob("[!_]*.py"))]
NEEDED = {
    "numerics.yaml": [
        "rote.job",
        "rote.data.labels",
        "rote.representations.images",
        "rote.representations.reduce",
        "rote.training.drop",
        "rote.density.fit",
        "rote.density.describe",
        "rote.density.compare",
        "rote.density.groups",
        "rote.geometry.capacity",
        "rote.geometry.empirical",
        "rote.geometry.measure",
        "rote.geometry.structure_free",
        "rote.subspaces.classifier",
        "rote.claims.masc.judge",
        "rote.subspaces.relabel",
        "rote.subspaces.split",
        "rote.memorization.corruption",
        "rote.memorization.estimate",
        "rote.memorization.measure",
        "rote.memorization.select",
    ],
    "figures.yaml": [
        *("rote.job", "rote.density.seeds", "rote.data.chosen_images", "rote.tables.maps"),
        "rote.claims.geometry.simulation",
        *FIGURES,
    ],
    "workflow.yaml": ["rote.config.outside", "rote.config.validation", "rote.code", "rote.contents"],
}
HEAVY = {
    *("annotated_types", "arviz", "huggingface_hub", "joblib", "jsonschema", "lazy_loader", "matplotlib", "numba"),
    *(
        "pydantic",
        "safetensors",
        "scipy",
        "seaborn",
        "sklearn",
        "threadpoolctl",
        "timm",
        "torch",
        "torchvision",
        "yaml",
    ),
}
MODULES = {
    "annotated-types": "annotated_types",
    "huggingface-hub": "huggingface_hub",
    "lazy-loader": "lazy_loader",
    "pytorch": "torch",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}


@pytest.mark.parametrize("file", NEEDED)
def test_jobs_import_nothing_that_their_environment_lacks(file):
    named = {pin.split("=")[0] for pin in yaml.safe_load((ROOT / "envs" / file).read_text())["dependencies"]}
    blocked = sorted(HEAVY - {MODULES.get(name, name) for name in named})
    code = BLOCKED.format(blocked=blocked, modules=NEEDED[file])
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == ""
