"""Runs the command in this process, in an empty folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from eventstudy.cli import main


class Run(NamedTuple):
    """How one command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Run:
        code = main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Run(code, out, err)

    return run


@pytest.fixture
def own_catalogue(tmp_path: Path, repository: Path) -> Path:
    """Copies of the catalogue in the working folder, free to be spoilt."""
    for name in ("events.csv", "universe.csv", "confounders.csv"):
        (tmp_path / name).write_bytes((repository / name).read_bytes())
    return tmp_path
