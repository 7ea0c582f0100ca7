"""Hostile files of 1 MB: an answer or an error within 2 seconds and 500 MB, whatever they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SECONDS, MEGABYTES = 2.0, 500.0
HEADS = ("events", "universe", "confounders", "moves", "long", "own", "factors")
# those that once took minutes, gigabytes or ended in a traceback
SAMPLE = (
    "universe: 9,000 columns",
    "events: short rows",
    "long: one name 100,000 times",
    "factors: bad cells",
    "gzip: bomb",
    "zip: bomb",
    "parquet: five million rows",
    "marker: nested",
    "marker: infinite version",
)


def measured(files: dict[str, bytes], sound: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """What the worker says of each file; the name begins with the kind."""
    worker = str(Path(__file__).with_name("worker.py"))
    lines = []
    for number, (name, content) in enumerate(files.items()):
        path = folder / f"{number}.bin"
        path.write_bytes(content)
        lines.append(f"{name.partition(':')[0]}\t{path}\n")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", worker, str(sound), str(folder / "places")],
        input="".join(lines),
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    found = dict(zip(files, map(json.loads, done.stdout.splitlines()), strict=True))
    assert all(each["code"] in (0, 1) for each in found.values()), done.stderr[-3000:]
    return found


def check(found: dict[str, dict[str, Any]]) -> None:
    slow = {name: each["seconds"] for name, each in found.items() if each["seconds"] >= SECONDS}
    large = {name: each["megabytes"] for name, each in found.items() if each["megabytes"] >= MEGABYTES}
    assert not slow
    assert not large


@pytest.fixture(scope="module")
def sound(readers: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A folder with what stands beside each kind of file, and a sound file of each."""
    folder = tmp_path_factory.mktemp("sound")
    return folder, {name: reader.sound for name, reader in readers.all_readers(folder).items()}


@pytest.fixture(scope="module")
def files(hostile: ModuleType, sound: tuple[Path, dict[str, bytes]]) -> dict[str, Any]:
    heads = {name: sound[1][name].splitlines(keepends=True)[0] for name in HEADS}
    made: dict[str, Any] = hostile.hostile_files(heads, sound[1])
    return made


def test_a_sample(files: dict[str, Any], sound: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    found = measured({name: files[name]() for name in SAMPLE}, sound[0], tmp_path)
    check(found)
    assert all(each["code"] == 1 for each in found.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [*HEADS, "gzip", "zip", "parquet", "store", "factors_gzip", "factors_parquet", "marker", "manifest", "older"],
)
def test_every_hostile_file(
    files: dict[str, Any], sound: tuple[Path, dict[str, bytes]], tmp_path: Path, kind: str
) -> None:
    chosen = {name: make() for name, make in files.items() if name.partition(":")[0] == kind}
    assert len(chosen) >= 2
    check(measured(chosen, sound[0], tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("kind", HEADS)
def test_noise_over_a_megabyte(
    hostile: ModuleType, sound: tuple[Path, dict[str, bytes]], tmp_path: Path, kind: str
) -> None:
    noisy = {f"{kind}: {seed}": hostile.noise(sound[1][kind], seed) for seed in range(20)}
    check(measured(noisy, sound[0], tmp_path))
