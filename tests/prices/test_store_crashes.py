"""Fetches that are killed at any moment, that run side by side, and disks that are full: no row lost, none doubled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("store_crashes.py")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork, as the fetchers are")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where the system has such a place: it is processes that are killed here, not power that is cut."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


def run(folder: Path, *tasks: str, before: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What each task of the program found; it fails with what it said."""
    command = [*before, sys.executable, "-W", "error", str(PROGRAM), str(folder), *tasks]
    # this process's own path to the package, whether installed or not
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_killed_fetch_loses_nothing_and_resumes(folder: Path) -> None:
    first, second, together = run(folder, "kills 20 1 1 3 1", "kills 20 2 2 3 2", "together 20 2 2")
    assert first["moments"] == second["moments"] == 3
    assert min(first["came"]) < 20
    # two fetchers that nobody kills share the work
    assert together == {"requests": 20}


def test_a_write_can_stop_at_any_step(folder: Path) -> None:
    killed, full = run(folder, "stops restate_again kill", "stops restate_again full")
    assert killed["steps"] == full["steps"] > 20
    assert full["refused"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kill", "full"])
@pytest.mark.parametrize("name", ["first", "restate", "prune", "prune_all"])
def test_every_write_can_stop_at_any_step(folder: Path, name: str, kind: str) -> None:
    (found,) = run(folder, f"stops {name} {kind}")
    assert found["steps"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fetchers", [1, 2])
@pytest.mark.parametrize("generation", [1, 2])
def test_120_tickers_killed_at_200_moments(folder: Path, generation: int, fetchers: int, seed: int) -> None:
    moments = {(1, 1): 15, (2, 1): 15, (1, 2): 10, (2, 2): 10}[generation, fetchers]
    (found,) = run(folder, f"kills 120 {generation} {fetchers} {moments} {100 * seed + 10 * generation + fetchers}")
    assert found["moments"] == moments
    if fetchers == 1:
        # the kills fall all along the fetch
        assert min(found["came"]) < 60 < max(found["came"])


@pytest.mark.slow
def test_120_tickers_and_three_fetchers(folder: Path) -> None:
    assert run(folder, "together 120 1 3") == [{"requests": 120}]


@pytest.mark.slow
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """On a file system of 3.5 MB in memory, which needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    script = 'mount -t tmpfs -o size=3500k none "$1" && shift && exec "$@"'
    alone = ("unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", str(place))
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small file system")
    (found,) = run(place, "full_disk", before=alone)
    assert "cannot be written: the disk is full; free some space. What was stored before is untouched." in found["said"]
    assert 0 < found["came"] < 120
