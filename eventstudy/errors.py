"""The few errors a person can act on, told apart by who acts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

MAX_PRINTED_PROBLEMS = 50
# A file with more faults than this is another kind of file: it is not read to its end.
MAX_PROBLEMS = 10_000
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True)
class Problem:
    """One cell at fault: where it is, what is wrong, what to write instead.

    Examples
    --------
    >>> print(Problem("events.csv", 3, "direction", "'ban' is not one of restriction, relief", "write one of them"))
    events.csv:3:direction: 'ban' is not one of restriction, relief; write one of them
    """

    path: str
    line: int
    column: str
    what: str
    remedy: str

    def __str__(self) -> str:
        where = ":".join(part for part in (self.path, str(self.line) if self.line else "", self.column) if part)
        return f"{where}: {self.what}; {self.remedy}"


def stopped_reading(path: str, line: int) -> Problem:
    """The last problem of a file that has too many of them to be looked at whole."""
    what = f"the file has more than {MAX_PROBLEMS:,} problems, and not all of it was looked at"
    return Problem(path, line, "", what, "mend the others first, or check that it is the right file")


def one_line(words: object, limit: int = 160) -> str:
    """What another library says, without control characters and cut where it is long.

    Examples
    --------
    >>> one_line("bad magic\\x00\\x1b[31m bytes\\nsee the manual")
    'bad magic [31m bytes see the manual'
    """
    return _UNPRINTABLE.sub(" ", str(words)[: 4 * limit]).strip()[:limit]


class EventStudyError(Exception):
    """Something a person can correct; the command line prints it and exits with 1.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.read_events().get("2026-01-06-japan-dual-use-bann")
    ... except es.EventStudyError as error:
    ...     print(type(error).__name__, "did you mean 2026-01-06-japan-dual-use-ban?" in str(error))
    UsageError True
    """


class InputError(EventStudyError):
    """A file of the curator's that cannot be used; ``problems`` holds every fault found in it.

    Parameters
    ----------
    path : str
        The file, as the user named it.
    problems : sequence of Problem
        All of them, in the file's order, never empty; the message prints the first 50.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> import eventstudy as es
    >>> path = Path(mkdtemp()) / "factors.csv"
    >>> written = path.write_text("date,mktrf\\n2026-01-06,1.2 %\\n")
    >>> try:
    ...     factors = es.read_factors(path)
    ... except es.InputError as error:
    ...     [(each.line, each.column, each.what) for each in error.problems]
    [(2, 'mktrf', "'1.2 %' is not a number")]
    """

    def __init__(self, path: str, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{path} has {count} problem{'' if count == 1 else 's'}:"
        lines = [head, *(f"  {problem}" for problem in self.problems[:MAX_PRINTED_PROBLEMS])]
        if count > MAX_PRINTED_PROBLEMS:
            lines.append(f"  and {count - MAX_PRINTED_PROBLEMS} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[InputError], tuple[str, tuple[Problem, ...]]]:
        """As it is sent back by a worker."""
        return type(self), (self.path, self.problems)


class WorkerError(EventStudyError):
    """Work that workers elsewhere could not do: which part of it, and why.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.
    part : str
        Which part, empty where it is all of them.

    Examples
    --------
    >>> import eventstudy as es
    >>> error = es.WorkerError("no worker answers; start one", part="block 3")
    >>> str(error), error.part, isinstance(error, es.EventStudyError)
    ('no worker answers; start one', 'block 3', True)
    """

    def __init__(self, message: str, part: str = "") -> None:
        self.part = part
        super().__init__(message)


class UsageError(EventStudyError):
    """A request that names something that does not exist: an event id, a folder, an episode.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.read_universe().get("7203")
    ... except es.UsageError as error:
    ...     "did you mean 7203.T?" in str(error)
    True
    """


class PriceError(EventStudyError):
    """A price source that cannot answer: which source, which tickers, which dates.

    Parameters
    ----------
    message : str
        What is wrong and what to do about it.

    Examples
    --------
    >>> import eventstudy as es
    >>> try:
    ...     es.FilePrices("/no/such/folder").fetch(["7203.T"])
    ... except es.PriceError as error:
    ...     print(str(error).partition(";")[0])
    /no/such/folder: no such file or directory
    """

    def __init__(
        self,
        message: str,
        *,
        source: str = "",
        tickers: Sequence[str] = (),
        start: date | None = None,
        end: date | None = None,
    ) -> None:
        self.source = source
        self.tickers = tuple(tickers)
        self.start = start
        self.end = end
        super().__init__(message)


class ModelError(EventStudyError):
    """A study in which nothing at all can be estimated, with the reasons.

    Examples
    --------
    >>> import eventstudy as es
    >>> returns, pairs, market = es.example_returns()
    >>> try:
    ...     es.study_returns(returns.tail(50), pairs.tail(1), market.tail(50))
    ... except es.ModelError as error:
    ...     print(error)
    not one pair can be estimated: 1 × too few valid returns in the estimation window
    """
