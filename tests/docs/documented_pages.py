"""The pages that a reader follows: their code, and their commands in order."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(
    ["README.md", "CONTRIBUTING.md", "SECURITY.md"]
    + [path.relative_to(REPOSITORY).as_posix() for path in (REPOSITORY / "docs").rglob("*.md")]
)
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = r"(?:eventstudy|make|pip|python|pre-commit|source)"
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*$")
_LINE = re.compile(rf"^(?: {{4}})?(?:\$ )?((?:[A-Z_]+=\S+ )*{PROGRAM}(?: [^\n]*)?)$", re.MULTILINE)
# in running text a program's name alone is its name; fragments of output stand in backticks too
_INLINE = re.compile(rf"(?<!`)`({PROGRAM} [^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Command:
    """One command of a page: its words, without comment and without variables set before them."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.words)


def text_of(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(text_of(page)) if name == language]


def commands(page: str) -> list[Command]:
    """Every command of a page, fenced, indented or in the running text, in order, each once."""
    text = FENCE.sub(lambda found: found[2] if found[1] == "sh" else "", text_of(page)).replace("\\\n", " ")
    found = [(each.start(1), each[1]) for pattern in (_LINE, _INLINE) for each in pattern.finditer(text)]
    return list(dict.fromkeys(_command(page, line) for _, line in sorted(found)))


def _command(page: str, line: str) -> Command:
    words = shlex.split(line, comments=True)
    while ASSIGNMENT.match(words[0]):
        words.pop(0)
    return Command(page, tuple(words))
