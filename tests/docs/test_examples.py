"""Code and commands of the README and of the documentation run, or are at least understood."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from eventstudy.cli.app import app, main

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{path.relative_to(REPOSITORY / 'docs')}" for path in (REPOSITORY / "docs").rglob("*.md")),
]
PAGES = sorted(page for page in PAGES if not page.startswith("docs/site/"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# whole reports and curves
SLOW = {"docs/how-to/add-a-report-section.md", "docs/specification-curve.md"}
# pages whose commands are run one after the other, as a reader would
FOLLOWED = (
    "README.md",
    "docs/tutorial.md",
    "docs/how-to/add-an-event.md",
    "docs/how-to/add-a-share.md",
    "docs/how-to/counterfactual.md",
    "docs/how-to/from-a-program.md",
)
# a command with one of these needs prices that are not here, asks questions, or changes the shell
OUTSIDE = re.compile(r"yahoo|PATH|path/to|^prices|--as-of|factors:|install-completion|^events add$")


def text_of(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(text_of(page)) if name == language]


def commands(page: str) -> list[list[str]]:
    """The arguments of every ``eventstudy`` command of a page, fenced or indented."""
    text = FENCE.sub(lambda found: found[2] if found[1] == "sh" else "", text_of(page))
    text = text.replace("\\\n", " ")
    found = re.findall(r"^(?: {4})?(?:\$ )?(?:[A-Z_]+=\S+ )*eventstudy( .*)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in found]


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


def understood(arguments: list[str]) -> None:
    """Parse a command as the program would, without running it."""
    command: Any = typer.main.get_command(app)
    words = list(arguments)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    assert words or not hasattr(command, "commands")
    with command.make_context("eventstudy", words, resilient_parsing=False):
        pass


def test_the_pages_have_commands() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 50


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)])
def test_commands_are_understood(page: str) -> None:
    for arguments in commands(page):
        # the greeting, and options that end the program
        if not arguments or {"--version", "--install-completion"} & {*arguments}:
            continue
        try:
            understood(arguments)
        except Exception as error:
            raise AssertionError(f"{page}: eventstudy {shlex.join(arguments)}") from error


@pytest.mark.slow
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_can_be_followed(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for body in blocks(page, "sh"):
        for line in body.splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] == ["python", "-c"]:
                exec(compile(words[2], page, "exec"), {})
            elif words[:1] == ["eventstudy"] and not OUTSIDE.search(" ".join(words[1:])):
                assert main(words[1:]) == 0, line
