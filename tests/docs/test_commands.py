"""Every command of the README and of the documentation runs, in the order in which a page gives them.

A page is followed in a folder with prices at hand. What only asks the catalogue or the price store runs by default;
the rest, whole reports and simulations among it, is marked slow.
"""

from __future__ import annotations

import functools
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from documented_pages import PAGES, REPOSITORY, Command, commands, text_of

from eventstudy.cli.app import app, main

EVENT = "2026-01-06-japan-dual-use-ban"
# what stands for the reader's own
OWN = {"PATH": "prices.csv", "path/to/prices.csv": "prices.csv", "EVENT_ID": EVENT, "EVENT": EVENT}
SCHEDULER = "tcp://10.0.0.5:8786"
QUICK = re.compile(r"^eventstudy($| --version| events | universe | prices (?!fetch))|^python -c ")
ANSWERS = ["2026-03-02T09:00+08:00", "A rule asked line by line", "", "restriction", "reported", "", "Japan"]


class Unrun(NamedTuple):
    """A command that is not run here: which, why, and what is held instead."""

    pattern: str
    reason: str
    held: Callable[[list[str], Path], None]


class Shorter(NamedTuple):
    """A command that runs on less than the page says."""

    pattern: str
    further: tuple[str, ...]
    reason: str


def _is_a_target(words: list[str], repository: Path) -> None:
    done = subprocess.run(["make", "-n", *words[1:]], cwd=repository, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def _is_an_extra(words: list[str], repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = re.fullmatch(rf"(?:\.|{project['name']})(?:\[([a-z,]+)\])?", words[2])
    assert named, words
    assert {*(named[1] or "").split(",")} - {""} <= set(project["optional-dependencies"])


def _is_configured(words: list[str], repository: Path) -> None:
    assert (repository / ".pre-commit-config.yaml").is_file()


def _is_the_environment(words: list[str], repository: Path) -> None:
    assert words[1] == ".venv/bin/activate"
    assert "VENV := .venv" in (repository / "Makefile").read_text(encoding="utf-8")


UNRUN = (
    Unrun("^pip install ", "needs a package index; make env installs the project before any test", _is_an_extra),
    Unrun("^make (test|test-all)$", "runs these tests", _is_a_target),
    Unrun("^make (lint|docs)$", "a step of its own; test_site.py builds the site", _is_a_target),
    Unrun("^make bench$", "measures the machine for an hour; what pages say of single benchmarks is run", _is_a_target),
    Unrun("^make notebook$", "opens a browser; tests/notebooks runs what it opens", _is_a_target),
    Unrun("^pre-commit install$", "changes the clone's hooks", _is_configured),
    Unrun("^source ", "changes the shell", _is_the_environment),
)
SHORTER = (
    Shorter("^eventstudy lab .*--simulate", ("--draws", "20"), "thousands of draws"),
    Shorter("^eventstudy lab .*--source ", ("--draws", "20"), "every date"),
    Shorter("^python -m benchmarks.counterfactual_size", ("--draws", "3"), "hundreds of days"),
    Shorter("^python -m benchmarks.factor_days --gen", ("--runs", "2", "--generalised", "2"), "hundreds of panels"),
    Shorter("^python -m benchmarks.factor_days", ("--runs", "2"), "hundreds of panels"),
    Shorter("^python -m benchmarks.large_studies", ("--sizes", "500", "1000", "2000"), "a million observations"),
    Shorter("^python -m benchmarks.past_memory", ("--rows", "50000"), "a hundred million rows"),
)


FOLLOWED = [page for page in PAGES if commands(page)]
# these are read in a clone, where the catalogue is
CLONED = ("README.md", "CONTRIBUTING.md", "SECURITY.md")


@pytest.fixture
def at_the_page(place: Path, request: pytest.FixtureRequest, repository: Path) -> Path:
    """The folder in which a page is read."""
    if request.getfixturevalue("page") in CLONED:
        for name in ("events.csv", "universe.csv", "confounders.csv"):
            shutil.copy(repository / name, place)
    return place


def first(choices: tuple[Any, ...], command: Command) -> Any:
    return next((each for each in choices if re.search(each.pattern, str(command))), None)


def written(command: Command) -> list[str]:
    """The words as a reader would type them: own names in place of the page's, and less work where it says so."""
    words = [OWN.get(word, word).replace("=path/to/", "=") for word in command.words]
    shorter = first(SHORTER, command)
    if shorter is None:
        return words
    kept: list[str] = []
    option = ""
    for word in words:
        option = word if word.startswith("--") else option
        if option not in shorter.further:
            kept.append(word)
    return [*kept, *shorter.further]


@contextmanager
def scheduler() -> Iterator[str]:
    """The address of a Dask scheduler with one worker."""
    distributed = pytest.importorskip("distributed", reason="Dask, of the dask extra, is not installed")
    given = {"n_workers": 1, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(host="127.0.0.1", protocol="tcp", **given) as cluster:
        yield cluster.scheduler_address


def run(command: Command, place: Path, clone: Callable[[], Path], patch: pytest.MonkeyPatch) -> None:
    """As a reader would; quickest in this process."""
    words = written(command)
    if words[0] == "eventstudy" and "--install-completion" not in words:
        run_eventstudy(words[1:], patch)
    elif words[:2] == ["python", "-c"]:
        exec(compile(words[2], command.page, "exec"), {})
    elif words[0] == "eventstudy":
        shell = {"HOME": str(place), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
        run_program([sys.executable, "-m", *words, "bash"], place, shell)
        assert (place / ".bashrc").read_text(encoding="utf-8")
    elif words[0] == "make":
        # the environment is the one that runs this test
        shutil.copy(place / "prices.csv", clone())
        run_program(["make", "-o", "env", f"PY={sys.executable}", *words[1:]], clone())
    else:
        assert words[0] == "python"
        run_program([sys.executable, *words[1:]], clone())


def run_eventstudy(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("\n".join(ANSWERS) + "\n" * 20))
        if SCHEDULER in words:
            with scheduler() as address:
                code = main([address if word == SCHEDULER else word for word in words])
        else:
            code = main(words)
    assert code == 0


def run_program(words: list[str], folder: Path, further: dict[str, str] | None = None) -> None:
    environment = os.environ | {"PYTHONPATH": str(folder if (folder / "eventstudy").is_dir() else REPOSITORY)}
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=600, env=environment | (further or {})
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def clone(tmp_path: Path, repository: Path) -> Callable[[], Path]:
    """A copy of the source tree, made when it is first asked for, whose files a command may write."""
    return functools.cache(lambda: copied(repository, tmp_path / "clone"))


def copied(repository: Path, folder: Path) -> Path:
    for name in ("benchmarks", "docs", "eventstudy", "tests"):
        shutil.copytree(repository / name, folder / name, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.jsonl"))
    for path in repository.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    return folder


def understood(arguments: list[str]) -> None:
    """Parse a command as the program would, without running it."""
    command: Any = typer.main.get_command(app)
    words = list(arguments)
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        command = command.commands[words.pop(0)]
    assert words or not hasattr(command, "commands")
    with command.make_context("eventstudy", words, resilient_parsing=False):
        pass


@pytest.mark.parametrize("page", FOLLOWED)
def test_commands_are_understood(page: str) -> None:
    """All of them, the slow ones too, in a blink."""
    for command in commands(page):
        words = written(command)
        # the greeting, and options that end the program
        if words[0] == "eventstudy" and words[1:] and not {"--version", "--install-completion"} & {*words}:
            try_it(command, lambda each: understood(written(each)[1:]))


@pytest.mark.parametrize("page", [page for page in FOLLOWED if any(QUICK.search(str(each)) for each in commands(page))])
def test_quick_commands_run(page: str, at_the_page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in commands(page):
        if QUICK.search(str(command)):
            try_it(command, lambda each: run(each, at_the_page, lambda: at_the_page, monkeypatch))


@pytest.mark.slow
@pytest.mark.usefixtures("yahoo")
@pytest.mark.parametrize("page", FOLLOWED)
def test_a_page_can_be_followed(
    page: str,
    at_the_page: Path,
    clone: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    # two commands that are shortened alike are run once; variables before one lead to Yahoo, as the stand-in's do
    different = {tuple(written(command)): command for command in commands(page) if first(UNRUN, command) is None}
    if any("benchmarks." in word for words in different for word in words):
        monkeypatch.setenv("EVENTSTUDY_DATA", str(request.getfixturevalue("shared_data")))
    for command in different.values():
        try_it(command, lambda each: run(each, at_the_page, clone, monkeypatch))


def try_it(command: Command, how: Callable[[Command], None]) -> None:
    try:
        how(command)
    except (Exception, SystemExit) as error:
        raise AssertionError(f"{command.page}: {command}") from error


@pytest.mark.parametrize("each", UNRUN, ids=lambda each: each.pattern)
def test_what_is_not_run_is_held_otherwise(each: Unrun, repository: Path) -> None:
    found = [command for page in PAGES for command in commands(page) if first(UNRUN, command) is each]
    assert found, "no page has such a command"
    for command in found:
        each.held(list(command.words), repository)


@pytest.mark.parametrize("each", SHORTER, ids=lambda each: each.pattern)
def test_what_is_shortened_is_there(each: Shorter) -> None:
    assert [command for page in PAGES for command in commands(page) if first(SHORTER, command) is each]


def test_the_fault_that_the_readme_shows_is_told_so(
    place: Path, repository: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (shown,) = re.findall(r"```\n(events\.csv has 1 problem:\n.*?)```", text_of("README.md"), re.DOTALL)
    written = re.search("'(.+)' has no UTC offset", shown)
    assert written
    row = f"2026-03-02-rule,{written[1]},A rule,,restriction,,Japan,,,,,,,reported\n"
    (place / "events.csv").write_text((repository / "events.csv").read_text(encoding="utf-8") + row, encoding="utf-8")
    assert main(["events", "check"]) == 1
    assert shown in capfd.readouterr().err


def test_the_pages_have_commands() -> None:
    assert sum(len(commands(page)) for page in PAGES) > 100
