"""Work handed to workers: the same answers in the same order, and errors that name what failed."""

from __future__ import annotations

import gc
import os
import pickle
import socket
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from eventstudy.errors import EventStudyError, InputError, Problem, WorkerError
from eventstudy.threads import each
from eventstudy.workers import AHEAD, check_map, dask_client, in_order


def _late_if_even(number: int) -> int:
    time.sleep(0.02 if number % 2 == 0 else 0.0)
    return number * number


def _threads(_: int) -> int:
    """How many threads work on chunks inside."""
    import threading

    return len(set(each(lambda _: (time.sleep(0.01), threading.get_ident())[1], list(range(4)))))


def _fails(number: int) -> int:
    if number == 2:
        raise ZeroDivisionError("nothing to divide by")
    return number


def _told(number: int) -> int:
    raise InputError("returns.parquet", [Problem("returns.parquet", 0, "return", f"{number} is odd", "mend it")])


def _dies(_: int) -> int:
    os._exit(3)


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_answers_come_in_the_order_of_the_items(workers):
    with ThreadPoolExecutor(workers) as pool:
        found = list(in_order(pool, _late_if_even, range(7), [str(one) for one in range(7)]))
    assert found == list(in_order(None, _late_if_even, range(7), [""] * 7)) == [one * one for one in range(7)]


def test_a_worker_keeps_to_one_thread():
    with ThreadPoolExecutor(1) as pool:
        assert list(in_order(pool, _threads, [0], ["part 1"])) == [1]


def test_few_items_are_under_way_at_a_time():
    submitted = []

    class Slow:
        _max_workers = 2

        def submit(self, function, *arguments):
            submitted.append(arguments)
            done: Future[int] = Future()
            done.set_result(function(*arguments))
            return done

    answers = in_order(Slow(), _late_if_even, range(50), [str(one) for one in range(50)])
    assert next(answers) == 0
    assert len(submitted) == 2 * AHEAD


def test_a_failure_names_the_part_and_the_cause():
    with (
        ThreadPoolExecutor(2) as pool,
        pytest.raises(
            WorkerError, match=r"^part 3 failed on a worker \(ZeroDivisionError: nothing to divide by\)"
        ) as told,
    ):
        list(in_order(pool, _fails, range(5), [f"part {number + 1}" for number in range(5)]))
    assert told.value.part == "part 3"
    assert isinstance(told.value, EventStudyError)


def test_what_a_person_can_correct_comes_back_from_another_process_as_it_is():
    with ProcessPoolExecutor(1) as pool, pytest.raises(InputError, match="1 is odd; mend it") as told:
        list(in_order(pool, _told, [1], ["part 1"]))
    assert told.value.problems[0].column == "return"
    assert pickle.loads(pickle.dumps(told.value)).problems == told.value.problems


def test_workers_that_die_are_told():
    with ProcessPoolExecutor(1) as pool, pytest.raises(WorkerError, match="part 1: the workers that took it died"):
        list(in_order(pool, _dies, [1], ["part 1"]))


def test_a_closed_executor_is_told():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(WorkerError, match=r"map: ThreadPoolExecutor takes no work .*; is it still open\?"):
        list(in_order(pool, _late_if_even, [1], ["part 1"]))


def test_what_takes_no_work_is_refused():
    with pytest.raises(TypeError, match=r"map: builtin_function_or_method has no submit"):
        check_map(len)
    check_map(None)


def test_dask_that_is_not_installed_says_what_to_type(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(WorkerError, match=r"Dask is not installed .*pip install 'eventstudy-report\[dask\]'"),
        dask_client("local"),
    ):
        pass


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://127.0.0.1:{port}"])
def test_an_address_that_does_not_answer(address, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("eventstudy.workers.PATIENCE", 0.5)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        place = address.format(port=taken.getsockname()[1])
        with pytest.raises(WorkerError, match="no Dask scheduler answers there") as told, dask_client(place):
            pass
    # a client left behind closes itself whenever it is collected, and may lock out the next one while that starts
    left = [one for one in gc.get_objects() if isinstance(one, distributed.Client)]
    assert not left, told
