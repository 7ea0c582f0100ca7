"""What a notebook shows in place of a result's one line: a small card of HTML, in the notebook's own colours.

Every word of it is escaped, and it brings no style sheet, script or colour of its own: text and rules take the colour
that surrounds them, so that it can be read on white and on black.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_BOX = "max-width:62em;margin:.4em 0;line-height:1.45"
_MUTED = "opacity:.75;margin:.15em 0 .5em"
_BAND = "border:1px solid currentColor;padding:.1em .6em;display:inline-block;margin:.2em 0 .4em"
_TABLE = "border-collapse:collapse;border:0;font-variant-numeric:tabular-nums;color:inherit"
_CELL = "padding:.18em .8em .18em 0;background:transparent;border:0;white-space:nowrap;color:inherit"
SIMULATED = "Simulated prices: no number here describes a real share."


def card(
    title: str,
    lines: Sequence[str] = (),
    head: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    notes: Sequence[str] = (),
    *,
    words: int = 1,
    simulated: bool = False,
) -> str:
    """A card of HTML.

    Parameters
    ----------
    title : str
        What it is.
    lines : sequence of str
        Below the title.
    head, rows : sequence of str, sequence of sequences of str
        A table; without rows there is none.
    notes : sequence of str
        Below the table.
    words : int
        How many columns from the left hold words; the others are set as numbers.
    simulated : bool
        Whether to say that no number describes a real share.

    Examples
    --------
    >>> print(card("Two <shares>", words=1))
    <div style="max-width:62em;margin:.4em 0;line-height:1.45"><strong>Two &lt;shares&gt;</strong></div>
    """
    parts = [f"<strong>{escape(title)}</strong>"]
    if simulated:
        parts.append(f'<br><span style="{_BAND}">{escape(SIMULATED)}</span>')
    if lines:
        parts.append(f'<div style="{_MUTED}">{"<br>".join(escape(line) for line in lines)}</div>')
    if rows:
        parts.append(_table(head, rows, words))
    if notes:
        parts.append(f'<div style="{_MUTED}">{"<br>".join(escape(note) for note in notes)}</div>')
    return f'<div style="{_BOX}">{"".join(parts)}</div>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int) -> str:
    def line(cells: Sequence[str], opened: str, tag: str, more: str = "") -> str:
        made = [
            f'<{opened} style="{_CELL};text-align:{"left" if place < words else "right"}{more}">{escape(cell)}</{tag}>'
            for place, cell in enumerate(cells)
        ]
        return f'<tr style="background:transparent">{"".join(made)}</tr>'

    top = line(head, 'th scope="col"', "th", ";border-bottom:1px solid currentColor;font-weight:600")
    body = "".join(line(row, "td", "td") for row in rows)
    return f'<table style="{_TABLE}"><thead>{top}</thead><tbody>{body}</tbody></table>'
