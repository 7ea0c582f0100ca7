"""Draws in chunks that fit a processor's cache, on as many threads as there are processors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from eventstudy.threads import cores, one_thread

# rows of one chunk: about 8 MB an array of 250 sessions
ROWS = 4_096
# rows of one chunk whose windows are summed where they lie, on all threads
SUMMED_ROWS = 1 << 18

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def chunk_sizes(draws: int, members: int, rows: int = ROWS) -> list[int]:
    """Draws of each chunk; they depend on the group alone, so that results do not depend on the machine.

    Examples
    --------
    >>> chunk_sizes(100, 100)
    [40, 40, 20]
    """
    each = max(1, rows // members)
    return [min(each, draws - start) for start in range(0, draws, each)]


def in_threads(function: Callable[[Item], Answer], items: Sequence[Item]) -> list[Answer]:
    """The function of every item, in their order; array work leaves the interpreter free for the other threads."""
    workers = min(cores(), len(items))
    if workers < 2:
        return [function(item) for item in items]

    def alone(item: Item) -> Answer:
        # the items have the cores between them
        with one_thread():
            return function(item)

    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(alone, items))
