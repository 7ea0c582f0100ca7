"""The code of the README and of the documentation runs."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from documented_pages import PAGES, blocks

# whole reports and curves
SLOW = {"docs/how-to/add-a-report-section.md", "docs/specification-curve.md"}


@pytest.fixture
def readme_names() -> dict[str, Any]:
    """What the README's fragment on own returns takes for granted."""
    import eventstudy as es

    returns, pairs, market = es.example_returns()
    factors = market.to_frame("mktrf").assign(
        smb=0.4 * market.shift(1).fillna(0.0), hml=0.2 * market.shift(2).fillna(0.0)
    )
    return {"returns": returns, "pairs": pairs, "factors": factors}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, marks=pytest.mark.slow) if page in SLOW else page
        for page in PAGES
        if page != "README.md" and blocks(page, "python")
    ],
)
def test_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # dataclasses look their module up by name
    module = ModuleType("documentation")
    monkeypatch.setitem(sys.modules, "documentation", module)
    for number, body in enumerate(blocks(page, "python")):
        exec(compile(body, f"{page}, block {number + 1}", "exec"), vars(module))


@pytest.mark.slow
def test_the_readme_runs(readme_names: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for number, body in enumerate(blocks("README.md", "python")):
        exec(compile(body, f"README.md, block {number + 1}", "exec"), readme_names)
