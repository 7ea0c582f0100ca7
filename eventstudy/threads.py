"""Work in chunks on all cores: the chunks and their order are fixed, so that the number of cores moves no bit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import TypeVar

import numpy as np

from eventstudy._arrays import IntArray

Item = TypeVar("Item")
Found = TypeVar("Found")
_ONE_THREAD: ContextVar[bool] = ContextVar("one thread", default=False)


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def evenly(weights: IntArray, most: int) -> list[IntArray]:
    """Consecutive numbers in at most so many chunks of about the same total weight, the same whatever the machine.

    Parameters
    ----------
    weights : (n,) int
        Work of each number.
    most : int
        Chunks.

    Examples
    --------
    >>> [part.tolist() for part in evenly(np.array([5, 1, 1, 3]), 2)]
    [[0], [1, 2, 3]]
    """
    done = np.concatenate([[0], np.cumsum(weights)])
    edges = np.searchsorted(done, np.linspace(0.0, float(done[-1]), most + 1))
    edges[0], edges[-1] = 0, len(weights)
    return [np.arange(begin, end) for begin, end in pairwise(edges.tolist()) if end > begin]


@contextmanager
def one_thread() -> Iterator[None]:
    """No threads inside: for one of several workers, which have the cores between them."""
    token = _ONE_THREAD.set(True)
    try:
        yield
    finally:
        _ONE_THREAD.reset(token)


def each(work: Callable[[Item], Found], chunks: Sequence[Item]) -> list[Found]:
    """What some work makes of each chunk, in their order; on threads, which compiled loops let run."""
    workers = 1 if _ONE_THREAD.get() else min(cores(), len(chunks))
    if workers < 2:
        return [work(chunk) for chunk in chunks]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, chunks))
