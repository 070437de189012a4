"""Fixtures that the tests of training share."""

from itertools import count
from pathlib import Path

import pytest

from rote.training import run_folder


class Killed(BaseException):
    """What no code catches."""


@pytest.fixture
def killed_before(monkeypatch):
    """Function that runs something and stops it before its n-th change of a file, and says whether it came to an end.

    Time passes by one second whenever the code asks for it.
    """

    def run_until(n, work):
        changes = []

        def counted(change):
            def change_or_stop(*given, **options):
                changes.append(change)
                if len(changes) == n:
                    raise Killed
                return change(*given, **options)

            return change_or_stop

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", counted(Path.replace))
            patch.setattr(Path, "unlink", counted(Path.unlink))
            seconds = count()
            patch.setattr(run_folder.time, "monotonic", lambda: next(seconds))
            try:
                work()
            except Killed:
                return False
            return True

    return run_until
