"""Work in a forked child, where the system can fork and it is safe; the same work here where it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.pool import Pool

SECONDS = 120
Item = TypeVar("Item")
Result = TypeVar("Result")


@contextmanager
def children(count: int) -> Iterator[Pool | None]:
    """A pool of forked children, None where there can be none: one core, another system, a child already."""
    import multiprocessing
    import warnings

    if not _can_fork():
        yield None
        return
    with warnings.catch_warnings():
        # numerical libraries keep idle threads; the children use none of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            pool = multiprocessing.get_context("fork").Pool(count)
        except OSError:
            pool = None
    if pool is None:
        yield None
        return
    with pool:
        yield pool


@contextmanager
def started(wanted: bool, function: Callable[..., Result], *arguments: object) -> Iterator[Callable[[], Result]]:
    """What asks for the result of a function that a child works out meanwhile.

    Parameters
    ----------
    wanted : bool
        Whether a child is worth its start; otherwise the function runs when it is asked for.
    function, arguments
        Such as can be sent to another process.

    Examples
    --------
    >>> with started(True, pow, 2, 10) as power:
    ...     power()
    1024
    """
    if not wanted:
        yield lambda: function(*arguments)
        return
    with children(1) as pool:
        if pool is None:
            yield lambda: function(*arguments)
            return
        pending = pool.apply_async(function, arguments)

        def result() -> Result:
            try:
                return pending.get(SECONDS)
            except Exception:  # done again here, so that the error is told by its own words and trace
                return function(*arguments)

        yield result


def _can_fork() -> bool:
    """Linux, a second core, and not a child already."""
    import multiprocessing

    several = sys.platform.startswith("linux") and (os.cpu_count() or 1) > 1
    return several and not multiprocessing.current_process().daemon


def halved(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    """The function of every item, in order; a forked child does the later half meanwhile, where there can be one.

    Parameters
    ----------
    function : callable
        It may be a closure: the child inherits it, with everything that it sees. Results are sent back; what it
        leaves in caches is not.
    items : sequence
        Any number.

    Examples
    --------
    >>> halved(lambda number: number**2, [1, 2, 3])
    [1, 4, 9]
    """
    import multiprocessing
    import warnings

    middle = (len(items) + 1) // 2
    if len(items) < 2 or not _can_fork():
        return [function(item) for item in items]
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def work(connection: Connection) -> None:
        connection.send([function(item) for item in items[middle:]])

    child = context.Process(target=work, args=(there,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            child.start()
        except OSError:
            return [function(item) for item in items]
    there.close()
    try:
        first = [function(item) for item in items[:middle]]
        try:
            second = here.recv() if here.poll(SECONDS) else None
        except EOFError:
            second = None
        # a child that failed told nothing: the error is met here, with its own words and trace
        return first + (second if second is not None else [function(item) for item in items[middle:]])
    finally:
        here.close()
        if child.is_alive():
            child.join(1.0)
            child.kill()
        child.join()
