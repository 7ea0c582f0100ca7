"""Work in a forked child, where the system can fork and it is safe; the same work here where it is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

SECONDS = 120
Result = TypeVar("Result")


@contextmanager
def children(count: int) -> Iterator[Pool | None]:
    """A pool of forked children, None where there can be none: one core, another system, a child already."""
    import multiprocessing
    import warnings

    possible = sys.platform.startswith("linux") and (os.cpu_count() or 1) > 1
    if not possible or multiprocessing.current_process().daemon:
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
            except Exception:
                # whatever went wrong over there is told here, by the error's own words and trace
                return function(*arguments)

        yield result
