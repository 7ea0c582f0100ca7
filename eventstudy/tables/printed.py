"""Tables with the digits that a reader wants: LaTeX for papers, Markdown for pages."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from eventstudy.markup import latex, markdown
from eventstudy.tables.cells import cell_text, values
from eventstudy.tables.columns import Kind, kind_of

if TYPE_CHECKING:
    import pandas as pd

_DECIMALS = {Kind.RETURN: 4, Kind.SHARE: 2, Kind.STATISTIC: 3, Kind.PROBABILITY: 3}
_SMALLEST_P = 0.001
_DIGITS = 6  # of a number whose column says nothing


def as_latex(frame: pd.DataFrame) -> bytes:
    r"""A ``longtable`` with the rules of booktabs, every cell escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sector": ["Autos & parts"], "caar": [-0.012345678], "pvalue": [0.00001]})
    >>> print(as_latex(frame).decode().splitlines()[-3])
    Autos \& parts & $-$0.0123 & $<$\,0.001 \\
    """
    align = "".join("r" if _is_number(frame[name]) else "l" for name in frame.columns)
    head = " & ".join(latex(str(name)) for name in frame.columns)
    body = [" & ".join(row) + r" \\" for row in _printed(frame, latex, r"$-$", r"$<$\,")]
    lines = [
        r"% \usepackage{longtable}",
        r"% \usepackage{booktabs}",
        rf"\begin{{longtable}}{{@{{}}{align}@{{}}}}",
        r"\toprule",
        rf"{head} \\",
        r"\midrule",
        r"\endhead",
        *body,
        r"\bottomrule",
        r"\end{longtable}",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def as_markdown(frame: pd.DataFrame) -> bytes:
    r"""A pipe table, every cell escaped; numbers on the right.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"sector": ["a|b"], "caar": [-0.012345678], "pvalue": [0.00001], "n_pairs": [7]})
    >>> print(as_markdown(frame).decode(), end="")
    | sector | caar | pvalue | n\_pairs |
    |:--|--:|--:|--:|
    | a\|b | −0.0123 | \< 0.001 | 7 |
    """
    marks = ("--:" if _is_number(frame[name]) else ":--" for name in frame.columns)
    lines = [
        "| " + " | ".join(markdown(str(name)) for name in frame.columns) + " |",
        "|" + "|".join(marks) + "|",
        *("| " + " | ".join(row) + " |" for row in _printed(frame, markdown, "\N{MINUS SIGN}", r"\< ")),
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _is_number(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype)


def _printed(frame: pd.DataFrame, safe: Callable[[str], str], minus: str, below: str) -> list[tuple[str, ...]]:
    """The cells as text, row by row."""
    columns = []
    for name in frame.columns:
        kind = kind_of(str(name))
        columns.append(
            [
                _number(value, kind).replace("-", minus).replace("<", below)
                if isinstance(value, int | float) and not isinstance(value, bool)
                else cell_text(value, safe)
                for value in values(frame[name])
            ]
        )
    return list(zip(*columns, strict=True))


def _number(value: float, kind: Kind) -> str:
    """A number with the digits of its kind; a probability below the last of them says so."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return ""
    if kind is Kind.PROBABILITY and 0 <= value < _SMALLEST_P:
        return f"<{_SMALLEST_P}"
    if kind not in _DECIMALS:
        return f"{value:.{_DIGITS}g}"
    text = f"{value:.{_DECIMALS[kind]}f}"
    # a move that rounds to nothing has no sign
    return text.lstrip("-") if float(text) == 0 else text
