"""The laboratory's tables as Markdown, for a page of documentation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pandas as pd

from eventstudy.laboratory.power import PowerResult
from eventstudy.laboratory.simulated import SCENARIO_LABELS
from eventstudy.laboratory.size import SizeResult
from eventstudy.laboratory.statistics import HEADLINE
from eventstudy.markup import markdown

# one that nothing escapes yet
_BAR = re.compile(r"(?<!\\)\|")
_MARK = {"over-rejects": "▲", "under-rejects": "▼", "undecided": "?", "holds": "", "": ""}


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: int = 0) -> str:
    """A table whose last ``right`` columns are aligned on the right.

    Examples
    --------
    >>> print(markdown_table(("test", "rate"), [("bmp_t", "33.0")], right=1))
    | test | rate |
    |---|---:|
    | bmp_t | 33.0 |
    """
    rule = "|" + "|".join("---:" if place >= len(head) - right else "---" for place in range(len(head))) + "|"
    lines = ["| " + " | ".join(_BAR.sub(r"\\|", cell) for cell in row) + " |" for row in [head, *rows]]
    return "\n".join([lines[0], rule, *lines[1:]])


def per_cent(share: float, mark: str = "", digits: int = 1) -> str:
    """A share as per cent, or a dash where there is none.

    Examples
    --------
    >>> per_cent(0.0486), per_cent(0.4123, "▲"), per_cent(float("nan"))
    ('4.9', '41.2 ▲', '–')
    """
    return "–" if math.isnan(share) else f"{100 * share:.{digits}f} {mark}".rstrip()


def size_markdown(result: SizeResult, level: float = 0.05) -> str:
    """Rejection rates at one level, per cent, marked by their verdict.

    Own prices: one row a group and window, one column a test. Stated laws: one row a law, window and test, one column
    a number of observations.
    """
    frame = result.table((level,))
    frame["cell"] = [per_cent(rate, _MARK[word]) for rate, word in zip(frame["rate"], frame["verdict"], strict=True)]
    note = f"Rejections in per cent at a nominal {100 * level:g}%; ▲ over-rejects, ▼ under-rejects, ? undecided.\n\n"
    return note + _pivot(frame, result.labels) + kept_markdown(result, level)


def kept_markdown(result: SizeResult, level: float = 0.05) -> str:
    """In how many cells each test lies in the band of its level, by what it claims; nothing on prices."""
    kept = result.kept(level)
    if not len(kept):
        return ""
    rows = [
        (
            f"headline, `{row['speaker']}`" if row["test"] == HEADLINE else f"`{row['test']}`",
            row["beyond"] or "nothing: it claims its level",
            str(row["cells"]),
            str(row["inside"]),
            *(per_cent(row[name]) for name in ("least", "mean", "most")),
        )
        for row in kept.to_dict("records")
    ]
    band = f"{per_cent(kept['low'].iloc[0])}–{per_cent(kept['high'].iloc[0])}%"
    told = f"A rate of exactly {100 * level:g}% lies in {band} in all {len(result.cells)} cells at once"
    heads = ("test", "what the law does beyond its claims", "cells", "in the band", "least", "mean", "most")
    return f"\n{told} with 99% probability.\n\n{markdown_table(heads, rows, right=5)}\n"


def power_markdown(result: PowerResult, level: float = 0.05) -> str:
    """Smallest effect seen four times in five, per cent of price; in brackets where the test does not hold its size."""
    frame = result.detectable(level)
    frame["cell"] = [
        f"({per_cent(mde, digits=2)})" if word == "over-rejects" else per_cent(mde, digits=2)
        for mde, word in zip(frame["mde"], frame["verdict"], strict=True)
    ]
    note = (
        f"Smallest effect in per cent that a test at a nominal {100 * level:g}% sees four times in five; "
        "in brackets where it over-rejects, – where no effect tried is seen so often.\n\n"
    )
    return note + _pivot(frame, result.labels)


def _pivot(frame: pd.DataFrame, labels: Sequence[str]) -> str:
    """The cells in two dimensions, in the order in which they come."""
    laws = tuple(labels) == SCENARIO_LABELS
    across = "n_members" if laws else "test"
    down = [*labels, "window", "test"] if laws else [*labels, "n_members", "window"]
    columns = list(dict.fromkeys(frame[across]))
    rows: dict[tuple[object, ...], dict[object, str]] = {}
    for record in frame.to_dict("records"):
        rows.setdefault(tuple(record[name] for name in down), {})[record[across]] = record["cell"]
    # what never varies says nothing in a row
    told = [place for place, name in enumerate(down) if not laws or len({key[place] for key in rows}) > 1]
    heads = [*(down[place] for place in told), *(f"N = {name}" if laws else str(name) for name in columns)]
    cells = [
        [*(_plain(key[place]) for place in told), *(found.get(name, "") for name in columns)]
        for key, found in rows.items()
    ]
    return markdown_table(heads, cells, right=len(columns)) + "\n"


def _plain(value: object) -> str:
    """A label as a reader writes it; what a file calls a sector is text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else markdown(str(value))
