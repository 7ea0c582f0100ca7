"""How fast a source is asked: a deadline, pauses that all workers share, an end to asking when nothing answers."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

Waiting = Callable[[float, str], None]  # seconds, and why

FIRST_PAUSE_SECONDS = 2.0  # doubles with each refusal in a row, give or take a quarter
LONGEST_PAUSE_SECONDS = 60.0
UNREACHED_AT_FIRST = 3  # tickers in a row without a connection before anything has answered, and no more are tried
UNREACHED_LATER = 12
LIMITED_IN_A_ROW = 12  # refusals for asking too often
RATE = "Yahoo limits the rate of requests"
AGAIN = "run it again later"


class Pace:
    """What the workers of one fetch share; safe to use from several threads.

    Parameters
    ----------
    deadline_seconds : float
        From now on; no request begins after it.
    waiting : callable, optional
        Called as ``waiting(seconds, why)`` when all workers begin to wait.
    """

    def __init__(self, deadline_seconds: float, waiting: Waiting | None = None) -> None:
        self.deadline = time.monotonic() + deadline_seconds
        self.reason = ""  # why no more is asked
        self.remedy = AGAIN
        self.late = f"no answer within {deadline_seconds:g} s"
        self._waiting = waiting
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._resume = 0.0
        self._announced = 0.0  # when the present pause was imposed
        self.was_reached = False  # whether the source has said anything yet
        self._unreached: set[str] = set()
        self._limited = 0

    def left(self) -> float:
        """Seconds to the deadline, not below zero."""
        return max(self.deadline - time.monotonic(), 0.0)

    def reached(self) -> None:
        """The source is there, whatever it says."""
        with self._lock:
            self.was_reached = True
            self._unreached.clear()

    def answered(self) -> None:
        """The source answers what it was asked, and does not ask for patience."""
        with self._lock:
            self._limited = 0

    def unreached(self, about: str, reason: str, remedy: str) -> None:
        """A connection failed; when several tickers in a row have none, ask no more."""
        with self._lock:
            self._unreached.add(about)
            many = len(self._unreached) >= (UNREACHED_LATER if self.was_reached else UNREACHED_AT_FIRST)
        if many:
            self.stop(reason, remedy)

    def limited(self, began: float, retry_after: float | None = None) -> None:
        """The source asks for fewer requests: all workers wait, and after many refusals ask no more.

        Parameters
        ----------
        began : float
            Monotonic time at which the refused request began. One that was under way when the present pause was
            imposed belongs to the same refusal and does not lengthen the pause.
        retry_after : float, optional
            Seconds that the source asks to wait.
        """
        with self._lock:
            self._limited += 1
            many = self._limited >= LIMITED_IN_A_ROW
            now = time.monotonic()
            if retry_after is not None:
                pause = retry_after + random.random() * min(0.25 * retry_after, FIRST_PAUSE_SECONDS)
            else:
                pause = 0.0 if began < self._announced else _seconds(self._limited - 1)
            new = pause > 0 and now + pause > self._resume
            if new:
                self._resume, self._announced = now + pause, now
        if many:
            self.stop(RATE)
        elif now + pause >= self.deadline:
            self.stop(f"{RATE} and asks to wait {pause:.0f} s" if retry_after is not None else RATE)
        elif new and self._waiting is not None:
            self._waiting(pause, RATE)

    def pause(self, attempt: int) -> None:
        """One worker waits, half as long as after a refusal."""
        self._stopped.wait(min(0.5 * _seconds(attempt), self.left()))

    def stop(self, reason: str, remedy: str = AGAIN) -> None:
        """No further request begins; the first reason given is the one that is told."""
        with self._lock:
            if not self.reason:
                self.reason, self.remedy = reason, remedy
        self._stopped.set()

    def ready(self) -> bool:
        """Wait for the common pause to end; False, with ``reason``, if no further request may begin."""
        while not self._stopped.is_set():
            pause = max(self._resume - time.monotonic(), 0.0)
            if time.monotonic() + pause >= self.deadline:
                self.stop(RATE if pause else self.late)
            elif pause == 0:
                return True
            else:
                self._stopped.wait(pause)
        return False


class Estimate:
    """How long a fetch will still take, by how long it has taken so far and the pauses that are known.

    Parameters
    ----------
    now : callable
        A clock, in seconds.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = now()
        self._done = 0
        self._left = 0
        self._paused = 0.0  # seconds of all pauses, the present one to its end
        self._resume = 0.0

    def completed(self, left: int) -> None:
        """One more ticker has come or failed; so many are left."""
        self._done += 1
        self._left = left

    def waits(self, seconds: float) -> None:
        """A pause of so many seconds begins; where one is running, it ends no earlier than either."""
        now = self._now()
        resume = max(self._resume, now + seconds)
        self._paused += resume - max(self._resume, now)
        self._resume = resume

    def waiting(self) -> float:
        """Seconds to the end of the present pause."""
        return max(self._resume - self._now(), 0.0)

    def seconds_left(self) -> float | None:
        """Seconds to the end, or None before four tickers have told how long one takes.

        Examples
        --------
        >>> clock = iter([0.0, 8.0, 8.0])
        >>> estimate = Estimate(lambda: next(clock))
        >>> for left in (9, 8, 7, 6):
        ...     estimate.completed(left)
        >>> estimate.seconds_left()  # 8 s for four, two a second each: 6 more
        12.0
        """
        if self._done < 4:
            return None
        asking = self._now() - self._began - self._paused + (waiting := self.waiting())
        return waiting + max(asking, 0.0) / self._done * self._left


def _seconds(attempt: int) -> float:
    pause: float = min(FIRST_PAUSE_SECONDS * 2.0**attempt, LONGEST_PAUSE_SECONDS)
    return pause * (0.75 + random.random() / 2)
