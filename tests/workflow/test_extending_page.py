"""The smallest study of docs/extending.md, run as it is printed, on the digits as PNG files in the folder it names."""

import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image
from sklearn.datasets import load_digits

from tests.workflow.micro_study import ROOT
from tests.workflow.test_run import environment

SECTION = "A study of your own by configuration"
PAGE = (ROOT / "docs/extending.md").read_text(encoding="utf-8")
PRINTED = PAGE.split(f"\n## {SECTION}\n")[1].split("\n## ")[0]
CONFIG = re.search(r"```yaml\n(.*?)```", PRINTED, re.S)[1]
COMMAND = re.search(r"^    python (.*)$", PRINTED, re.M)[1]
N_TRAIN, N_TEST = 480, 240  # fewer than there are: it is the page that is tested


def leaves(value):
    """Number of the innermost values; a list is one."""
    return sum(map(leaves, value.values())) if isinstance(value, dict) else 1


def write_digits(folder):
    """A folder for each class, in it PNG files, below `train` and `test`."""
    digits = load_digits()
    for number, (image, label) in enumerate(zip(digits.images, digits.target, strict=True)):
        if number == N_TRAIN + N_TEST:
            break
        of_class = folder / ("train" if number < N_TRAIN else "test") / str(label)
        of_class.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.rint(image * (255 / 16)).astype(np.uint8)).save(of_class / f"{number}.png")


@pytest.fixture(scope="module")
def figures(checkout, tmp_path_factory):
    """Folder of the run's figures."""
    study = checkout.copy(tmp_path_factory.mktemp("extending") / "rote")
    config = yaml.safe_load(CONFIG)
    (study.folder / f"{config['name']}.yaml").write_text(CONFIG, encoding="utf-8")
    write_digits(study.folder / config["datasets"]["leaves"]["path"])
    command = [sys.executable, *shlex.split(COMMAND)]
    done = subprocess.run(command, cwd=study.folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return study.folder / f"results/{config['name']}/figures/training_dynamics/first"


def test_it_has_at_most_twelve_values():
    assert leaves(yaml.safe_load(CONFIG)) <= 12


@pytest.mark.parametrize("name", ["errors", "epoch_cka", "initialisation_cka", "effective_dimension"])
def test_it_ends_with_its_figures(figures, name):
    with Image.open(figures / f"{name}.png") as picture:
        assert np.ptp(np.asarray(picture.convert("L"))) > 0
