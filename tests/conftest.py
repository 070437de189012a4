"""What holds for all tests."""

import os
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parents[1]

# Processes that tests start import the library and the tests of this checkout, as pytest itself does.
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])

# Threads that wait leave the processor to other workers: by default they spin, which here is most of a test's time.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# A deadline of an example fails on a machine that is busy.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
