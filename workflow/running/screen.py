"""One line that tells how far a run is: rewritten in place on a terminal, a new one now and then elsewhere."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

TERMINAL, PLAIN = 1.0, 60.0  # seconds between two lines
CLEAR = "\r\x1b[2K"


class Screen:
    """Where a run is shown.

    Parameters
    ----------
    stream : TextIO
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.terminal = stream.isatty()
        self._last: float | None = None if self.terminal else time.monotonic()

    def show(self, line: Callable[[], str]) -> None:
        """Bring the line up to date, if it is time; it is made only then."""
        now = time.monotonic()
        if self._last is not None and now - self._last < (TERMINAL if self.terminal else PLAIN):
            return
        self._last = now
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            text = line()
            self.stream.write(CLEAR + (text if len(text) <= width else text[: width - 1] + "…"))
        else:
            self.stream.write(line() + "\n")
        self.stream.flush()

    def say(self, text: str) -> None:
        """Leave a text that stays, above the line."""
        self.stream.write((CLEAR if self.terminal else "") + text + "\n")
        self.stream.flush()
        self._last = None if self.terminal else self._last
