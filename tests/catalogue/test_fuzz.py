"""Damaged files: a clear error or an answer, never another exception."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventstudy.catalogue import EVENT_COLUMNS, UNIVERSE_COLUMNS
from eventstudy.catalogue.events import Events, events_of
from eventstudy.catalogue.rows import parse_table
from eventstudy.catalogue.universe import Universe
from eventstudy.catalogue.universe_rows import universe_of
from eventstudy.errors import InputError

ROOT = Path(__file__).parents[2]


def some_lines(name: str) -> bytes:
    """The header, some lines and, of a universe, the benchmarks: a sound file of a few kilobytes."""
    lines = (ROOT / name).read_bytes().splitlines(keepends=True)
    return b"".join([*lines[:12], *(line for line in lines[12:] if b",Benchmarks,benchmark," in line)])


def answer(content: bytes, columns: tuple[str, ...]) -> Events | Universe | InputError:
    """What a reader makes of these bytes; any other exception fails the test."""
    try:
        table = parse_table(content, "f.csv", columns)
        result: Events | Universe | InputError = events_of(table) if columns == EVENT_COLUMNS else universe_of(table)
    except InputError as error:
        result = error
    if isinstance(result, InputError):
        assert result.problems
        assert all(problem.what and problem.remedy for problem in result.problems)
        assert all("\n" not in str(problem) for problem in result.problems)
    return result


def test_the_files_are_sound_before_they_are_damaged():
    assert isinstance(answer(some_lines("events.csv"), EVENT_COLUMNS), Events)
    assert isinstance(answer(some_lines("universe.csv"), UNIVERSE_COLUMNS), Universe)


@pytest.mark.parametrize(("name", "columns"), [("events.csv", EVENT_COLUMNS), ("universe.csv", UNIVERSE_COLUMNS)])
@pytest.mark.parametrize("seed", range(60))
def test_mutated_files(name, columns, seed):
    generator = np.random.default_rng(seed)
    content = bytearray(some_lines(name))
    for _ in range(int(generator.integers(1, 6))):
        at = int(generator.integers(len(content)))
        match int(generator.integers(4)):
            case 0:
                content[at] = int(generator.integers(256))
            case 1:
                del content[at : at + int(generator.integers(1, 200))]
            case 2:
                content[at:at] = generator.choice([b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b'""'])
            case _:
                content[at:at] = content[: int(generator.integers(1, 500))]
    answer(bytes(content), columns)


@settings(max_examples=150)
@given(st.binary(max_size=200))
@example(b'"')
@example(b'"\n')
@example(b"\xff\xfe")
@example(b"\r")
def test_any_bytes(content):
    answer(content, EVENT_COLUMNS)
    answer(",".join(EVENT_COLUMNS).encode() + b"\n" + content, EVENT_COLUMNS)


@settings(max_examples=150)
@given(st.lists(st.text(max_size=30), min_size=len(EVENT_COLUMNS), max_size=len(EVENT_COLUMNS)))
def test_any_cells(cells):
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    answer(f"{','.join(EVENT_COLUMNS)}\n{row}\n".encode("utf-8", errors="surrogatepass"), EVENT_COLUMNS)
