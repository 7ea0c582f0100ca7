"""``events add`` as a dialogue on a real terminal: reasons at once, defaults, a preview, and a way out."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="this system has no pseudo-terminals")
import pty

SECONDS = 60.0


class Terminal:
    """A command at a terminal of its own: what it wrote, and what is typed into it."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.main, side = pty.openpty()
        inherited = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "CI")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "eventstudy", *arguments],
            cwd=folder,
            env=inherited | {"TERM": "xterm", "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            stdin=side,
            stdout=side,
            stderr=side,
            start_new_session=True,
            # the terminal is the session's own, so that Ctrl-C reaches the command as a signal
            preexec_fn=_take_terminal,
        )
        os.close(side)
        self.written = ""
        self._seen = 0

    def until(self, words: str) -> str:
        """What is written until these words come, the words included."""
        end = time.monotonic() + SECONDS
        while words not in self.written[self._seen :]:
            assert time.monotonic() < end, f"{words!r} did not come:\n{self.written[self._seen :]}"
            self._read(end - time.monotonic())
        begun = self._seen
        self._seen = self.written.index(words, begun) + len(words)
        return self.written[begun : self._seen]

    def _read(self, seconds: float) -> bool:
        if not select.select([self.main], [], [], max(seconds, 0))[0]:
            return False
        try:
            piece = os.read(self.main, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.written += piece.decode("utf-8", "replace")
        return bool(piece)

    def type(self, text: str) -> None:
        os.write(self.main, text.encode())

    def interrupt_until(self, words: str) -> None:
        """Ctrl-C, and once more each second: one that comes after a prompt and before the reading of its answer
        is seen by Python only when the answer ends."""
        end = time.monotonic() + SECONDS
        while words not in self.written[self._seen :]:
            assert time.monotonic() < end, f"{words!r} did not come:\n{self.written[self._seen :]}"
            if self.process.poll() is None:
                self.type("\x03")
            again = time.monotonic() + 1.0
            while words not in self.written[self._seen :] and (left := again - time.monotonic()) > 0:
                if not self._read(left):
                    break
        self.until(words)

    def ends(self) -> int:
        """The exit code, once everything is read."""
        end = time.monotonic() + SECONDS
        while self._read(end - time.monotonic()):
            assert time.monotonic() < end
        return self.process.wait(timeout=SECONDS)


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def terminal(folder: Path, *arguments: str, **environment: str) -> Iterator[Terminal]:
    opened = Terminal(folder, *arguments, **environment)
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            os.killpg(opened.process.pid, signal.SIGKILL)
            opened.process.wait()
        os.close(opened.main)


def test_the_whole_dialogue(own_catalogue):
    path = own_catalogue / "events.csv"
    before = path.read_bytes()
    with terminal(own_catalogue, "events", "add") as shown:
        shown.until("public?")
        shown.type("2026-03-02 25:00\n")
        assert "2026-03-02" in shown.until("When did it become public?")
        shown.type("2026-03-02 09:00\n")
        assert "has no UTC offset; write 2026-03-02T09:00+08:00" in shown.until("public?")
        shown.type("2026-03-02 09:00 +08:00\n")
        shown.until("Title")
        shown.type("A ban on gallium for Japan\n")
        shown.until("Event id [2026-03-02-ban-gallium-japan]:")
        shown.type("a/b\n")
        assert "'a/b' is not an event id" in shown.until("Event id [")
        shown.type("\n")
        shown.until("4 support")
        shown.type("9\n")
        assert "is not one of restriction, escalation, relief, support" in shown.until("4 support")
        shown.type("esc\n")
        shown.until("3 uncertain")
        shown.type("1\n")
        assert "2026-japan-curbs" in shown.until("Episode")
        shown.type("2026-japan-curbs\n")
        assert "Japan, United States, China" in shown.until("semicolons:")
        shown.type("Japan\n")
        for words in ("Actor", "Materials", "Summary", "Title of", "Publisher of", "Date of"):
            shown.until(words)
            shown.type("\n")
        shown.until("Address of")
        shown.type("javascript:alert(1)\n")
        assert "is not a web address" in shown.until("Address of")
        shown.type("\n")
        preview = shown.until("to change")
        assert "escalation" in preview
        assert all(city in preview for city in ("Tokyo", "New York", "Sydney"))
        shown.type("titel\n")
        assert "[A ban on gallium for Japan]" in shown.until("Title, one line [A ban on gallium for Japan]")
        shown.type("A ban on gallium\n")
        assert "A ban on gallium\r\n" in shown.until("to change")
        assert path.read_bytes() == before
        shown.type("yes\n")
        shown.until("events.csv:71: 2026-03-02-ban-gallium-japan added")
        assert shown.ends() == 0
    after = path.read_bytes()
    assert after.startswith(before)
    assert b"2026-03-02T09:00+08:00" in after[len(before) :]


def test_ctrl_c_leaves_the_file_untouched(own_catalogue):
    before = (own_catalogue / "events.csv").read_bytes()
    with terminal(own_catalogue, "events", "add") as shown:
        shown.until("public?")
        shown.type("2026-03-02\n")
        shown.until("Title")
        shown.interrupt_until("nothing was written to events.csv")
        assert shown.ends() == 130
    assert (own_catalogue / "events.csv").read_bytes() == before
    assert not [path for path in own_catalogue.iterdir() if path.name.startswith(".")]


def test_a_folder_without_a_catalogue_is_offered_a_copy(tmp_path, repository):
    cells = ("--id", "x", "--announced-at", "2026-03-02", "--title", "X", "--direction", "relief")
    with terminal(tmp_path, "events", "add", *cells, "--confidence", "confirmed") as shown:
        shown.until("Begin with a copy of the packaged 69 events?")
        shown.type("\n")
        shown.until("to change")
        assert not list(tmp_path.iterdir())
        shown.type("\n")
        shown.until("events.csv:71: x added")
        assert shown.ends() == 0
    assert (tmp_path / "events.csv").read_bytes().startswith((repository / "events.csv").read_bytes())


def test_faults_of_options_are_told_before_anything_is_asked(command, own_catalogue, monkeypatch):
    def ask(*_: object, **__: object) -> str:
        raise AssertionError("asked before the options were judged")

    monkeypatch.setattr("typer.prompt", ask)
    done = command("events", "add", "--announced-at", "2026-03-02 09:00", "--direction", "ban")
    assert (done.code, done.out) == (1, "")
    assert "has no UTC offset" in done.err
    assert "'ban' is not one of restriction" in done.err


def test_a_copy_by_option_needs_no_terminal(command, tmp_path):
    cells = ("--id", "x", "--announced-at", "2026-03-02", "--title", "X", "--direction", "relief")
    done = command("events", "add", *cells, "--confidence", "confirmed", "--yes", "--copy")
    assert (done.code, done.out) == (0, "events.csv:71: x added\n")
    assert command("events", "check").out == "events.csv: 70 events, no problems\n"


def test_a_terminal_has_colours_and_stages(own_catalogue, command):
    with terminal(own_catalogue, "events", "list", "--episode", "2026-japan-curbs") as shown:
        assert shown.ends() == 0
    assert "\x1b[1mevent_id" in shown.written
    assert "\x1b[31mrestriction" in shown.written
    with terminal(own_catalogue, "events", "list", NO_COLOR="1") as shown:
        assert shown.ends() == 0
    assert "\x1b" not in shown.written
    assert "\x1b" not in command("events", "list").out
    study = ("run", "2026-01-06-japan-dual-use-ban", "--source", "sample", "--role", "control", "--window=0,0")
    with terminal(own_catalogue, *study) as shown:
        assert shown.ends() == 0
    assert "✓ reading the catalogue" in shown.written
    assert "✓ writing the tables" in shown.written
