"""Work in a forked child, where the system can fork and it is safe; the same work here where it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkProcess

SECONDS = 120
_TURN, _TURNS = 4, 1024  # a page, which every pipe holds without a reader
_SHARING: ContextVar[bool] = ContextVar("sharing", default=False)
_AHEAD: ContextVar[list[ForkProcess] | None] = ContextVar("ahead", default=None)
Item = TypeVar("Item")
Result = TypeVar("Result")


def _can_fork() -> bool:
    """Linux, a second core, not a child already, and no child at work that has the second core."""
    import multiprocessing

    several = sys.platform.startswith("linux") and (os.cpu_count() or 1) > 1
    return several and not _SHARING.get() and not multiprocessing.current_process().daemon


def halved(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The function of every item, in order; a forked child takes its share of them, where there can be one.

    Parameters
    ----------
    function : callable
        It may be a closure: the child inherits it, with everything that it sees. Results are sent back; what it
        leaves in caches is not.
    items : sequence
        Any number. Whoever is free takes the next: those that take long stand first.

    Examples
    --------
    >>> halved(lambda number: number**2, [1, 2, 3])
    [1, 4, 9]
    """
    if len(items) < 2 or not _can_fork():
        return [function(item) for item in items]
    turns = _turns(-(-len(items) // _few(len(items))))

    def work() -> dict[int, Result]:
        sharing = _SHARING.set(True)
        try:
            return {place: function(items[place]) for place in _taken(turns, len(items))}
        finally:
            _SHARING.reset(sharing)

    try:
        child, here = _child(work)
    except OSError:
        os.close(turns)
        return [function(item) for item in items]
    try:
        done = work()
        if len(done) < len(items):
            with suppress(EOFError):
                done |= here.recv() if here.poll(SECONDS) else {}
        # what a child took that failed is done here
        return [done[place] if place in done else function(item) for place, item in enumerate(items)]
    finally:
        os.close(turns)
        here.close()
        if child.is_alive():
            child.join(1.0)
            child.kill()
        child.join()


@contextmanager
def ahead() -> Iterator[None]:
    """Within it the first work that ``begun`` is given starts at once, in a child that is there until the end of it.

    For a program that knows it will ask for that work; a library's function does not know.
    """
    started: list[ForkProcess] = []
    token = _AHEAD.set(started)
    try:
        yield
    finally:
        _AHEAD.reset(token)
        for child in started:
            child.kill()
            child.join()


def begun(function: Callable[[], Result]) -> Callable[[], Result]:
    """What gives the function's result: the function, or what a forked child has made of it in the meantime.

    Parameters
    ----------
    function : callable
        It may be a closure. An error is raised where the result is asked for.

    Examples
    --------
    >>> with ahead():
    ...     result = begun(lambda: 6 * 7)
    ...     result()
    42
    """
    started = _AHEAD.get()
    if started is None or started or not _can_fork():
        return function
    try:
        child, here = _child(function)
    except OSError:
        return function
    started.append(child)

    def result() -> Result:
        # whoever asks first takes it; anybody else finds the pipe at its end, as after a child that failed
        with suppress(EOFError, OSError):
            if here.poll(SECONDS):
                found: Result = here.recv()
                return found
        return function()

    return result


def _child(work: Callable[[], Any]) -> tuple[ForkProcess, Connection]:
    """A forked child at work, and the end of a pipe at which its result comes; nothing comes where it fails."""
    import multiprocessing
    import warnings

    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def told() -> None:
        # an error is met again by the parent, with its own words and trace: here it would only be printed as well
        with suppress(Exception):
            there.send(work())

    child = context.Process(target=told)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child.start()
        except OSError:
            here.close()
            raise
        finally:
            there.close()
    return child, here


def _turns(count: int) -> int:
    """A pipe that holds the numbers 0 … ``count`` - 1, for whoever reads next; its reading end."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(turn.to_bytes(_TURN, "big") for turn in range(count)))
    os.close(writing)
    return reading


def _taken(turns: int, count: int) -> Iterator[int]:
    """Places below ``count``, a few at a time, that nobody else takes."""
    few = _few(count)
    while turn := os.read(turns, _TURN):
        first = few * int.from_bytes(turn, "big")
        yield from range(first, min(first + few, count))


def _few(count: int) -> int:
    """Places of one turn."""
    return -(-count // _TURNS)
