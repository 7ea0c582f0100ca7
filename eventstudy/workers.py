"""Work handed to workers: other processes, other machines, or nobody, and the same answers in the same order."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from eventstudy.errors import EventStudyError, WorkerError, one_line
from eventstudy.threads import one_thread

if TYPE_CHECKING:
    from distributed import Client

LOCAL = "local"
# what to type where Dask is not installed
INSTALL = "pip install 'eventstudy-report[dask]'"
# seconds that a scheduler has to answer
PATIENCE = 10
# parts that each worker has before it and under way, so that answers do not pile up here
AHEAD = 2

Item = TypeVar("Item")
Result = TypeVar("Result")


class Future(Protocol):
    """Work under way."""

    def result(self) -> Any:
        """What came of it, or its error."""
        ...


class Map(Protocol):
    """Whoever takes work: a ``dask.distributed.Client``, a ``concurrent.futures`` executor, or anything like them."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future:
        """Begin a function of these arguments somewhere."""
        ...


def check_map(where: object) -> None:
    """Refuse what takes no work.

    Raises
    ------
    TypeError
        If it has no ``submit``.

    Examples
    --------
    >>> check_map(map)
    Traceback (most recent call last):
        ...
    TypeError: map: type has no submit(function, ...); give a dask.distributed.Client or a concurrent.futures executor
    """
    if where is not None and not callable(getattr(where, "submit", None)):
        raise TypeError(
            f"map: {type(where).__name__} has no submit(function, ...); "
            "give a dask.distributed.Client or a concurrent.futures executor"
        )


def in_order(
    where: Map | None, function: Callable[[Item], Result], items: Sequence[Item], labels: Sequence[str]
) -> Iterator[Result]:
    """The function of every item, in their order, whoever does it and however many they are.

    Parameters
    ----------
    where : Map or None
        Who; None does it here, item by item.
    function : callable
        Of a module, such as can be sent elsewhere.
    items : sequence
        What it is a function of.
    labels : sequence of str
        What an error calls each item.

    Yields
    ------
    Result
        One an item. A few items are under way before the first is done, never all of them.

    Raises
    ------
    WorkerError
        Naming the item that failed and why. Errors that a person can correct come as they are.

    Examples
    --------
    >>> list(in_order(None, len, ["one", "three"], ["1", "2"]))
    [3, 5]
    """
    if where is None:
        for item in items:
            yield function(item)
        return
    waiting: deque[tuple[str, Future]] = deque()
    coming = iter(zip(labels, items, strict=True))
    most = AHEAD * _workers(where)
    try:
        while True:
            while len(waiting) < most and (following := next(coming, None)) is not None:
                waiting.append((following[0], _submit(where, function, following[1])))
            if not waiting:
                return
            label, future = waiting.popleft()
            yield _result(label, future)
    finally:
        for _, future in waiting:
            cancel = getattr(future, "cancel", None)
            if cancel is not None:
                cancel()


def _alone(function: Callable[[Item], Result], item: Item) -> Result:
    """The function of an item on one thread: other workers have the other cores."""
    with one_thread():
        return function(item)


def _is_dask(where: object) -> bool:
    return type(where).__module__.partition(".")[0] == "distributed"


def _submit(where: Map, function: Callable[[Item], Result], item: Item) -> Future:
    """One item on its way."""
    try:
        if _is_dask(where):
            # two studies of equal inputs are two pieces of work: nothing is hashed, nothing found again
            return where.submit(_alone, function, item, pure=False)  # type: ignore[call-arg]
        return where.submit(_alone, function, item)
    except EventStudyError:
        raise
    except Exception as error:  # of every library that takes work
        raise WorkerError(f"map: {type(where).__name__} takes no work ({_words(error)}); is it still open?") from error


def _result(label: str, future: Future) -> Any:
    """What came of one item."""
    try:
        return future.result()
    except EventStudyError:
        raise
    except ModuleNotFoundError as error:
        raise WorkerError(
            f"{label}: a worker has no module {error.name}; install the same packages on every worker", label
        ) from error
    except Exception as error:  # of all that can befall work elsewhere
        name = type(error).__name__
        if name in ("KilledWorker", "BrokenProcessPool"):
            raise WorkerError(
                f"{label}: the workers that took it died, one after the other ({name}); "
                "if memory ran out give each more, or fewer threads",
                label,
            ) from error
        raise WorkerError(
            f"{label} failed on a worker ({_words(error)}); run the study without map to see it here", label
        ) from error


def _words(error: BaseException) -> str:
    """An error's kind and what it says."""
    return f"{type(error).__name__}: {one_line(error)}".rstrip(": ")


def _workers(where: Map) -> int:
    """How many work at a time."""
    if _is_dask(where):
        return max(sum(where.nthreads().values()), 1)  # type: ignore[attr-defined]
    return int(getattr(where, "_max_workers", 4))


@contextmanager
def dask_client(address: str) -> Iterator[Client]:
    """A client of the Dask scheduler at an address, or of workers started here and stopped afterwards.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.5:8786``, or ``local`` for one worker a core of this machine.

    Raises
    ------
    WorkerError
        If Dask is not installed, or nobody answers at the address.
    """
    try:
        import distributed
    except ImportError as error:
        raise WorkerError(f"--dask: Dask is not installed ({one_line(error)}); {INSTALL}") from error
    connect: Any = distributed.Client
    if address == LOCAL:
        from eventstudy.threads import cores

        cluster: Any = partial(distributed.LocalCluster, host="127.0.0.1", dashboard_address=None)
        with cluster(n_workers=cores(), threads_per_worker=1) as workers, connect(workers) as client:
            yield client
        return
    fault = ""
    try:
        client = connect(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        fault = _words(error)
    if fault:
        # a client that never connected closes itself when it is collected, which must not happen while the next one
        # starts: both want one lock, and wait for ever. So it goes now, and no error may keep it
        gc.collect()
        raise WorkerError(
            f"--dask {address}: no Dask scheduler answers there ({fault}); start one with `dask scheduler` "
            "and give its address, such as tcp://10.0.0.5:8786, or write local"
        )
    with client:
        if not client.nthreads():
            raise WorkerError(
                f"--dask {address}: the scheduler has no workers; start some with `dask worker {address}`"
            )
        yield client
