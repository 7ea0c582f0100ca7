"""How fast a source is asked: a deadline, pauses that all workers share, an end to asking when nothing answers."""

from __future__ import annotations

import random
import threading
import time

FIRST_PAUSE_SECONDS = 2.0  # doubles with each attempt, give or take a quarter
LONGEST_PAUSE_SECONDS = 60.0
UNREACHED_AT_FIRST = 3  # failed connections in a row before anything has answered, and no more are tried
UNREACHED_LATER = 12
LIMITED_IN_A_ROW = 20  # refusals for asking too often


class Pace:
    """What the workers of one fetch share; safe to use from several threads.

    Parameters
    ----------
    deadline_seconds : float
        From now on; no request begins after it.
    """

    def __init__(self, deadline_seconds: float) -> None:
        self.deadline = time.monotonic() + deadline_seconds
        self.reason = ""  # why no more is asked
        self._late = f"no answer within {deadline_seconds:g} s"
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._resume = 0.0
        self._answered = False
        self._unreached = 0
        self._limited = 0

    def answered(self) -> None:
        """The source is there and answers."""
        with self._lock:
            self._answered = True
            self._unreached = self._limited = 0

    def unreached(self, reason: str, attempt: int) -> None:
        """A connection failed: wait, and after several in a row ask no more."""
        with self._lock:
            self._unreached += 1
            many = self._unreached >= (UNREACHED_LATER if self._answered else UNREACHED_AT_FIRST)
        if many:
            self.stop(reason)
        self.pause(attempt, share=0.25)

    def limited(self, reason: str, attempt: int) -> None:
        """The source asks for fewer requests: all workers wait, and after many refusals ask no more."""
        with self._lock:
            self._answered = True
            self._limited += 1
            many = self._limited >= LIMITED_IN_A_ROW
            self._resume = max(self._resume, time.monotonic() + _seconds(attempt))
        if many:
            self.stop(reason)

    def pause(self, attempt: int, share: float = 0.5) -> None:
        """One worker waits, less than it would after a refusal."""
        self._stopped.wait(share * _seconds(attempt))

    def stop(self, reason: str) -> None:
        """No further request begins."""
        with self._lock:
            self.reason = self.reason or reason
        self._stopped.set()

    def ready(self) -> bool:
        """Wait for the common pause to end; False, with ``reason``, if no further request may begin."""
        while not self._stopped.is_set():
            pause = max(self._resume - time.monotonic(), 0.0)
            if time.monotonic() + pause >= self.deadline:
                self.stop(self._late)
            elif pause == 0:
                return True
            else:
                self._stopped.wait(pause)
        return False


def _seconds(attempt: int) -> float:
    pause: float = min(FIRST_PAUSE_SECONDS * 2.0**attempt, LONGEST_PAUSE_SECONDS)
    return pause * (0.75 + random.random() / 2)
