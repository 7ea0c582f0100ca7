"""Running text: strings, and typed runs for what should look different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Role: TypeAlias = Literal["exposed", "beneficiary", "control", "exposed_elsewhere", ""]
Reading: TypeAlias = Literal["clear", "suggestive", "uneven", "noise", "not_testable"]


@dataclass(frozen=True)
class Strong:
    """Words in bold."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Words in italics."""

    text: str


@dataclass(frozen=True)
class Muted:
    """Words in grey: units, tickers, asides."""

    text: str


@dataclass(frozen=True)
class Code:
    """A command, a file name, an identifier: fixed width."""

    text: str


@dataclass(frozen=True)
class Raised:
    """A superscript: the mark of a footnote."""

    text: str


@dataclass(frozen=True)
class Link:
    """Words that lead to an http(s) address; any other address shows as the words alone."""

    text: str
    url: str


Run: TypeAlias = "str | Strong | Emphasis | Muted | Code | Raised | Link"
Rich: TypeAlias = tuple[Run, ...]


def plain(rich: Rich) -> str:
    """The words of a text without their looks.

    Examples
    --------
    >>> plain((Strong("7 January, Tokyo."), " The ministry spoke."))
    '7 January, Tokyo. The ministry spoke.'
    """
    return "".join(run if isinstance(run, str) else run.text for run in rich)
