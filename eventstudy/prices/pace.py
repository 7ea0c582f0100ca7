"""How fast a source is asked: a deadline, pauses that all workers share, an end to asking when nothing answers."""

from __future__ import annotations

import threading
import time


class Pace:
    """What the workers of one fetch share.

    Parameters
    ----------
    deadline_seconds : float
        From now on; no request begins after it.
    """

    def __init__(self, deadline_seconds: float) -> None:
        self.deadline = time.monotonic() + deadline_seconds
        self.allowed = deadline_seconds
        self._lock = threading.Lock()
        self._resume = 0.0
        self._answered = False
        self._unreached = 0
        self.stopped = threading.Event()

    def answered(self) -> None:
        with self._lock:
            self._answered = True
            self._unreached = 0

    def unreached(self) -> None:
        """Count a failed connection: three in a row, and no more are tried."""
        with self._lock:
            self._unreached += 1
            if self._unreached >= (12 if self._answered else 3):
                self.stopped.set()

    def slow_down(self, seconds: float) -> None:
        with self._lock:
            self._resume = max(self._resume, time.monotonic() + seconds)

    def ready(self) -> bool:
        """Wait for the common pause to end; False if there is no time left for another request."""
        while not self.stopped.is_set():
            pause = self._resume - time.monotonic()
            if time.monotonic() + max(pause, 0.0) >= self.deadline:
                return False
            if pause <= 0:
                return True
            self.stopped.wait(pause)
        return False
