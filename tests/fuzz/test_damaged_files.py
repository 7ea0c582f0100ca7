"""Sound files with bytes, lines and cells spoilt: a clear error, or the values that a slow reader finds too."""

from __future__ import annotations

import random
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

KINDS = (
    "events", "universe", "confounders", "moves", "long", "own", "gzip", "zip", "parquet", "factors", "factors_gzip",
    "factors_parquet", "store", "marker", "manifest", "older",
)  # fmt: skip
SAMPLE, CASES = 60, 1_100
SECONDS = 2.0


@pytest.fixture(scope="module")
def kinds(readers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("files")
    return folder, readers.all_readers(folder)


def run(kinds: tuple[Path, dict[str, Any]], readers: ModuleType, damage: ModuleType, kind: str, seeds: range) -> None:
    """Every case either a told error or a right answer, in time."""
    folder, every = kinds
    reader = every[kind]
    others = tuple(each.sound for each in every.values())
    outcomes = {True: 0, False: 0}
    for seed in seeds:
        content = damage.spoilt(reader.sound, random.Random(f"{kind} {seed}"), others)
        begun = time.process_time()
        found = reader.outcome(folder, content)
        assert time.process_time() - begun < SECONDS, seed
        outcomes[isinstance(found, Exception)] += 1
        if reader.slowly is not None and not isinstance(found, Exception):
            assert readers.same(found, reader.slowly(content)), seed
    reader.place(folder).write_bytes(reader.sound)
    # cases that all fail, or all pass, would test one thing only; a store leaves a spoilt ticker out
    assert outcomes[False] >= len(seeds) // 50
    assert outcomes[True] >= len(seeds) // 4 or kind in ("store", "manifest", "older")


@pytest.mark.parametrize("kind", KINDS)
def test_the_files_are_sound_before_they_are_spoilt(
    kinds: tuple[Path, dict[str, Any]], readers: ModuleType, kind: str
) -> None:
    folder, every = kinds
    found = every[kind].outcome(folder, every[kind].sound)
    assert len(found) >= 7
    if every[kind].slowly is not None:
        assert readers.same(found, every[kind].slowly(every[kind].sound))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample(kinds: tuple[Path, dict[str, Any]], readers: ModuleType, damage: ModuleType, kind: str) -> None:
    run(kinds, readers, damage, kind, range(SAMPLE))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_very_many(kinds: tuple[Path, dict[str, Any]], readers: ModuleType, damage: ModuleType, kind: str) -> None:
    run(kinds, readers, damage, kind, range(SAMPLE, SAMPLE + CASES))
