"""A wheel holds all that the package needs, and works away from the source tree under every interpreter found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
EVENT = "2026-01-06-japan-dual-use-ban"
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
NEEDED = ("numpy", "pandas", "scipy", "pyarrow", "exchange_calendars", "jinja2", "typer", "matplotlib")


def test_it_holds_every_file_of_the_package_and_the_catalogue(repository, wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
        entries = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert wheel.name.endswith("-py3-none-any.whl")
    files = {
        path.relative_to(repository).as_posix()
        for path in (repository / "eventstudy").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".nbi", ".nbc")
    }
    assert files <= names
    assert {f"eventstudy/catalogue/data/{name}.csv" for name in ("events", "universe", "confounders")} <= names
    assert "eventstudy/py.typed" in names
    assert not [name for name in names if not re.match(r"eventstudy(_report-[\d.]+\.dist-info)?/", name)]
    assert "eventstudy = eventstudy.cli:main" in entries
    assert "License-Expression: Apache-2.0" in metadata
    for extra in ("fast", "excel", "notebook", "docs", "test"):
        assert f"Provides-Extra: {extra}\n" in metadata


def _interpreter(version: str) -> str | None:
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    homes = sorted(Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")).glob(f"versions/{version}.*/bin/python"))
    for path in (*map(str, homes), shutil.which(f"python{version}")):
        # a shim of a version manager may be there without the version
        if path and subprocess.run([path, "-c", ""], capture_output=True, timeout=60).returncode == 0:
            return path
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_it_works_away_from_the_source_tree(unpacked, tmp_path, version):
    python = _interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine")
    environment = os.environ | {"PYTHONPATH": str(unpacked)}
    absent = subprocess.run(
        [python, "-c", f"import importlib.util as u; print([n for n in {NEEDED!r} if u.find_spec(n) is None])"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60,
    ).stdout.strip()  # fmt: skip
    if absent != "[]":
        pytest.skip(f"{python} lacks {absent}; .ci/wheels installs them into an environment of its own")

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, "-m", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = subprocess.run(
        [python, "-c", "import eventstudy; print(eventstudy.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert where.startswith(str(unpacked))
    assert run("eventstudy", "events", "check").endswith("69 events, no problems\n")
    assert run("eventstudy", "universe", "check").endswith(" lines, no problems\n")
    run("eventstudy", "run", EVENT, "--source", "sample")
    (page,) = run("eventstudy", "report", EVENT, "--source", "sample", "--format", "html").splitlines()
    assert (tmp_path / page).stat().st_size > 100_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports", "tables"]
