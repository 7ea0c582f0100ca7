"""One thread for many small matrices: several only get in each other's way, on a busy machine a hundredfold."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController


@cache
def _controller() -> ThreadpoolController:
    # imported when the first matrix is at hand: it lists the libraries that are loaded by then
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Linear algebra inside runs in one thread; outside it is as before."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1)
    return limited
