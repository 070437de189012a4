"""Processes that tests start import the library and the tests of this checkout, as pytest itself does."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]

os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
