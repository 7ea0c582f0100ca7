"""Work that is shared with a forked child: in order, each piece once, errors told by their own words."""

from __future__ import annotations

import os
import time

import pytest

from eventstudy import processes
from eventstudy.processes import ahead, begun, halved


@pytest.mark.parametrize("count", [0, 1, 2, 7, 1024, 1025, 3000])
def test_results_stand_in_the_order_of_their_items(count: int) -> None:
    assert halved(lambda number: number**2, range(count)) == [number**2 for number in range(count)]


@pytest.mark.skipif(not processes._can_fork(), reason="one core, or a system that cannot fork")
def test_whoever_is_free_takes_the_next() -> None:
    def work(seconds: float) -> int:
        time.sleep(seconds)
        return os.getpid()

    long, *short = halved(work, [0.6, *[0.02] * 8])
    assert set(short) - {long}
    assert short.count(long) <= 1


def test_work_inside_shared_work_forks_no_further() -> None:
    inner = halved(lambda _: set(halved(lambda _: os.getpid(), range(4))), range(4))
    assert all(len(pids) == 1 for pids in inner)


def test_an_error_is_told_by_its_own_words(capfd: pytest.CaptureFixture[str]) -> None:
    def work(number: int) -> int:
        if number == 5:
            raise ValueError(f"number {number} is at fault")
        return number

    with pytest.raises(ValueError, match="number 5 is at fault"):
        halved(work, range(9))
    # nor does a child print a trace beside them
    assert capfd.readouterr().err == ""


def test_what_a_killed_child_took_is_done_here() -> None:
    parent = os.getpid()

    def work(number: int) -> int:
        time.sleep(0.02)
        if os.getpid() != parent:
            os._exit(1)
        return number

    assert halved(work, range(6)) == list(range(6))
    assert halved(work, range(3)) == list(range(3))  # and no end of a pipe is left open


def test_work_that_nobody_knows_to_be_wanted_waits_until_it_is_asked_for() -> None:
    asked: list[int] = []
    result = begun(lambda: asked.append(1) or len(asked))
    assert not asked
    assert result() == 1


@pytest.mark.skipif(not processes._can_fork(), reason="one core, or a system that cannot fork")
def test_the_first_work_ahead_is_done_elsewhere_and_told_once() -> None:
    def work() -> int:
        return os.getpid()

    with ahead():
        first, second = begun(work), begun(work)
        assert second() == os.getpid()
        assert first() != os.getpid()
        assert first() == os.getpid()  # the pipe is empty: done here
        assert halved(lambda _: second(), range(3))


@pytest.mark.skipif(not processes._can_fork(), reason="one core, or a system that cannot fork")
def test_another_process_may_take_the_result() -> None:
    with ahead():
        result = begun(lambda: list(range(100_000)))  # more than a pipe holds
        assert halved(lambda place: sum(result()) if place == 0 else place, range(4)) == [4_999_950_000, 1, 2, 3]


def test_an_error_ahead_is_raised_where_the_result_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> int:
        raise ValueError("at fault")

    with ahead():
        result = begun(work)
        with pytest.raises(ValueError, match="at fault"):
            result()
    assert capfd.readouterr().err == ""


def test_a_child_that_died_is_made_up_for() -> None:
    parent = os.getpid()

    def work() -> str:
        if os.getpid() != parent:
            os._exit(1)
        return "here"

    with ahead():
        assert begun(work)() == "here"


@pytest.mark.skipif(not processes._can_fork(), reason="one core, or a system that cannot fork")
def test_work_ahead_that_nobody_asked_for_ends_with_it() -> None:
    begin = time.monotonic()
    with ahead():
        begun(lambda: time.sleep(30))
        child = processes._AHEAD.get()
        assert child
        assert child[0].is_alive()
    assert not child[0].is_alive()
    assert time.monotonic() - begin < 10
