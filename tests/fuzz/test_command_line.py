"""The command line over spoilt files: exit code 0, 1 or 2, and never a traceback."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from eventstudy.cli import main

CHECKS = (
    ("events", ("events", "check", "--events", "{}")),
    ("events", ("events", "list", "--events", "{}")),
    ("events", ("events", "show", "2010-09-07-senkaku-collision", "--events", "{}")),
    ("universe", ("universe", "check", "--universe", "{}")),
    ("universe", ("universe", "list", "--universe", "{}")),
    *(
        (kind, ("prices", "check", "--source", "{}"))
        for kind in ("long", "own", "gzip", "zip", "parquet", "store", "marker")
    ),
    ("store", ("prices", "status", "--store", "{}")),
    ("marker", ("prices", "status", "--store", "{}")),
    *((kind, ("prices", "verify", "--store", "{}")) for kind in ("store", "marker", "manifest", "older")),
)
REPORTS = (
    ("events", ("--events", "{}", "--source", "sample")),
    ("universe", ("--universe", "{}", "--source", "sample")),
    ("factors", ("--model", "factors:{}", "--source", "sample")),
    ("long", ("--source", "{}")),
)
EVENT = "2026-01-06-japan-dual-use-ban"


@pytest.fixture(scope="module")
def kinds(readers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    return folder, readers.all_readers(folder)


def run(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """The exit code of one command, once what it printed has been looked at."""
    code = main(arguments)
    printed = capsys.readouterr()
    assert code in (0, 1, 2), arguments
    for text in printed:
        assert "Traceback" not in text
        assert not set(text) & {"\x1b", "\x07", "\u202e", "\u200f", "\u2066"}, arguments
    assert code == 0 or printed.err.strip()
    return code


def check(
    kinds: tuple[Path, dict[str, Any]], damage: ModuleType, capsys: pytest.CaptureFixture[str], seeds: range
) -> None:
    folder, every = kinds
    others = tuple(each.sound for each in every.values())
    codes: Counter[int] = Counter()
    for kind, words in CHECKS:
        reader = every[kind]
        for seed in seeds:
            reader.place(folder).write_bytes(damage.spoilt(reader.sound, random.Random(f"{words} {seed}"), others))
            codes[run([word.format(reader.target(folder)) for word in words], capsys)] += 1
        reader.place(folder).write_bytes(reader.sound)
    assert codes[0] > len(seeds)
    assert codes[1] > len(seeds)


def test_a_sample(kinds: tuple[Path, dict[str, Any]], damage: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    check(kinds, damage, capsys, range(2))


@pytest.mark.slow
def test_very_many(kinds: tuple[Path, dict[str, Any]], damage: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    check(kinds, damage, capsys, range(2, 40))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "options"), REPORTS)
def test_reports(
    kinds: tuple[Path, dict[str, Any]],
    damage: ModuleType,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    kind: str,
    options: tuple[str, ...],
) -> None:
    folder, every = kinds
    reader = every[kind]
    content = reader.sound
    if kind in ("events", "universe"):
        content = (Path(__file__).parents[2] / f"{kind}.csv").read_bytes()
    for seed in range(12):
        reader.place(folder).write_bytes(damage.spoilt(content, random.Random(f"report {kind} {seed}")))
        words = [word.format(reader.target(folder)) for word in options]
        code = run(["report", EVENT, *words, "--format", "html", "--out", str(tmp_path)], capsys)
        assert (code == 0) == any(tmp_path.glob("*.html"))
        for path in tmp_path.glob("*.html"):
            path.unlink()
    reader.place(folder).write_bytes(reader.sound)
