"""Help as pages: whole at 80 columns, options in groups, every example runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import pytest
import typer

from eventstudy.cli import pages
from eventstudy.cli.app import app

EVENT = "2026-01-06-japan-dual-use-ban"
STUDIES = ("report", "run", "claims", "curve", "lab")


def _commands(group: typer.core.TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("columns", [80, 60, 200])
def test_a_page_fits_the_terminal_and_nothing_is_cut(command, monkeypatch, path, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    done = command(*path, "--help")
    assert (done.code, done.err) == (0, "")
    page, _, examples = done.out.partition("\nExamples:\n")
    assert max(map(len, page.splitlines())) <= min(columns, 100)
    assert max(map(len, examples.splitlines()), default=0) <= 80
    assert not re.search(r"\w(\.\.\.|…)$", page, re.M), "a sentence is cut"
    assert "\x1b" not in done.out


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_explained(command, path):
    shown = COMMANDS[path]
    assert isinstance(shown, pages.Command | pages.Group)
    assert (shown.help or "").strip().endswith(".")
    for parameter in shown.params:
        assert parameter.help, (path, parameter.name)


def test_options_stand_in_groups(command):
    text = command("report", "--help").out
    groups = [line for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert groups == [
        *("Arguments:", "Prices:", "Which events and shares:", "How it is estimated:"),
        *("What is written:", "Other options:", "Examples:"),
    ]
    assert text.index("--source NAME") < text.index("--episode ID") < text.index("--model MODEL") < text.index("--out")


def _examples() -> Iterator[tuple[str, ...]]:
    """The command lines of every page, continued lines joined."""
    for shown in COMMANDS.values():
        text = (shown.epilog or "").replace("\\\n", " ")
        for line in text.splitlines():
            if line.startswith("eventstudy "):
                yield tuple(shlex.split(line.partition("   ")[0]))[1:]


def _needs(arguments: tuple[str, ...]) -> str:
    """What an example needs that the tests do not have; empty where it runs here."""
    if arguments[:2] == ("prices", "fetch") or (
        arguments[:1]
        and arguments[0] in ("report", "run", "claims", "curve", "lab")
        and not {"--source", "--simulate"} & {*arguments}
    ):
        return "network"
    if arguments[:2] == ("events", "add") and "--yes" not in arguments:
        return "terminal"
    return "store" if arguments[:2] in (("prices", "prune"), ("prices", "check")) else ""


EXAMPLES = sorted(set(_examples()))


def test_there_are_examples_of_every_kind():
    assert len(EXAMPLES) >= 25
    assert {_needs(each) for each in EXAMPLES} == {"", "network", "terminal", "store"}


def _small(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """The example with the study cut down to what a test has time for: the options stay, the numbers shrink."""
    given = [{"closes/": "sample", "closes.parquet": "sample"}.get(each, each) for each in arguments]
    given = [EVENT if each == "EVENT_ID" else each for each in given]
    if given[0] in ("report", "run") and EVENT not in given and "--episode" not in given:
        given += ["--since", "2026-01-01", "--until", "2026-01-06"]
    if given[0] == "lab":
        given += ["--draws", "20"] if "--draws" not in given else []
        given = [{"500": "20"}.get(each, each) for each in given]
    return tuple(given)


QUICK = [each for each in EXAMPLES if not _needs(each) and each[:1] not in [(name,) for name in (*STUDIES, "COMMAND")]]
SLOW = [each for each in EXAMPLES if not _needs(each) and each[:1] in [(name,) for name in STUDIES]]


@pytest.mark.parametrize("arguments", QUICK, ids=" ".join)
def test_examples_of_the_catalogue_run(command, own_catalogue, arguments):
    (own_catalogue / "mine.csv").write_bytes((own_catalogue / "universe.csv").read_bytes())
    assert command(*arguments).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("arguments", SLOW, ids=" ".join)
def test_examples_of_studies_run(command, own_catalogue, arguments):
    done = command(*_small(arguments))
    assert done.code == 0, done.err


@pytest.mark.parametrize("arguments", [each for each in EXAMPLES if _needs(each) in ("network", "store")], ids=" ".join)
def test_examples_that_need_more_are_at_least_understood(command, own_catalogue, arguments):
    arguments = tuple(EVENT if each == "EVENT_ID" else each for each in arguments)
    done = command(*arguments)
    # 2 would be an option or a name that does not exist
    assert done.code in (0, 1)
    assert "did you mean" not in done.err
