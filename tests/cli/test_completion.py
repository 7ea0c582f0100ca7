"""What the shell offers after TAB, asked for the way the shells ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from eventstudy.catalogue import EVENT_COLUMNS
from eventstudy.cli import completion

EVENT = "2026-01-06-japan-dual-use-ban"


def _offered(words: str, folder: Path, shell: str = "bash") -> list[str]:
    """What a shell gets for a line; its last word is the one being typed."""
    environment = os.environ | {"_EVENTSTUDY_COMPLETE": f"complete_{shell}", "PYTHONPATH": os.pathsep.join(sys.path)}
    if shell == "bash":
        environment |= {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1)}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": words}
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy"], cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def _asked(words: list[str], **params: object) -> SimpleNamespace:
    return SimpleNamespace(params=params)


def _values(offer: completion.Offer) -> list[str]:
    return [word for word, _ in offer]


def test_a_shell_is_told_commands_ids_and_options(own_catalogue):
    assert _offered("eventstudy ev", own_catalogue) == ["events"]
    assert EVENT in _offered("eventstudy report 2026-01", own_catalogue)
    assert _offered("eventstudy universe list --sector Aut", own_catalogue) == ["Autos\\ \\&\\ parts"]
    assert any("Autos & parts" in line for line in _offered("eventstudy run --sector Aut", own_catalogue, "zsh"))


def test_ids_come_from_the_file_at_hand_and_are_offered_once(own_catalogue, monkeypatch):
    monkeypatch.chdir(own_catalogue)
    found = completion.event_ids(_asked([], event_ids=None), [], "2026-01-06")
    assert dict(found)[EVENT].startswith("China")
    assert EVENT not in _values(completion.event_ids(_asked([], event_ids=[EVENT]), [], ""))
    path = own_catalogue / "other.csv"
    path.write_bytes(b"".join((own_catalogue / "events.csv").read_bytes().splitlines(keepends=True)[:2]))
    assert len(completion.event_ids(_asked([], events="other.csv"), [], "")) == 1


def test_choices_lists_and_benchmarks(own_catalogue, monkeypatch):
    monkeypatch.chdir(own_catalogue)
    asked = _asked([])
    assert _values(completion.choices("market", "mean", "sector")(asked, [], "m")) == ["market", "mean"]
    assert _values(completion.lists("html", "pdf")(asked, [], "html,")) == ["html,pdf"]
    assert _values(completion.tests(asked, [], "sign,portf")) == ["sign,portfolio_t"]
    assert "XTKS" in _values(completion.exchanges(asked, [], "X"))
    assert _values(completion.benchmarks(asked, [], "nikkei")) == []
    assert "nikkei=XTKS:" in _values(completion.benchmarks(asked, [], "nikkei="))
    assert "nikkei=XTKS:^N225" in _values(completion.benchmarks(asked, [], "nikkei=XTKS:^N"))
    assert "2026-japan-curbs" in _values(completion.episodes(asked, [], "2026"))
    assert set(_values(completion.sectors(asked, [], ""))) >= {"Autos & parts", "Rare-earth miners"}


def test_a_broken_file_offers_nothing_and_says_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "events.csv").write_bytes(b"\0")
    (tmp_path / "universe.csv").write_bytes(b"a,b\n1,2\n")
    assert completion.event_ids(_asked([]), [], "") == []
    assert completion.sectors(_asked([]), [], "") == []


HOSTILE = ('$(touch x)"', "`touch x`", "\\$(touch x)", "a\x1b[31m", "'; touch x; '")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_word_of_a_file_can_run_a_command(tmp_path, monkeypatch, hostile):
    monkeypatch.chdir(tmp_path)
    cells = {"event_id": "2026-02-01-x", "announced_at": "2026-02-01", "title": hostile, "episode": hostile}
    cells |= {"direction": "relief", "confidence": "confirmed"}
    row = ",".join('"' + cells.get(name, "").replace('"', '""') + '"' for name in EVENT_COLUMNS)
    if "\x1b" in hostile:
        row = row.replace("\x1b", "")
    (tmp_path / "events.csv").write_text(",".join(EVENT_COLUMNS) + "\n" + row + "\n", encoding="utf-8")
    told = [text for pair in completion.event_ids(_asked([]), [], "") for text in pair]
    told += [text for pair in completion.episodes(_asked([]), [], "") for text in pair]
    assert told[0] == "2026-02-01-x"
    assert not set("".join(told)) & set("\\$`\"'\x1b")


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_the_script_for_bash_is_a_script(own_catalogue):
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy", "--show-completion", "bash"],
        cwd=own_catalogue, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "complete -o default" in done.stdout
    assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, timeout=60).returncode == 0
