"""Widths of a table's columns on paper: as few lines as the sheet allows, in the typeface that typst brings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby, product

import numpy as np

from eventstudy._arrays import IntArray
from eventstudy.report.inline import MOST_DOTS
from eventstudy.report.model import (
    Cell,
    Column,
    DotsCell,
    LinkCell,
    MissingCell,
    NumberCell,
    Row,
    SparkCell,
    Table,
    TextCell,
    plain,
)

SHEET = 176 * 72 / 25.4
INSET = 6.5
SPARK = 0.52
DOT = 8.0 * 0.72
LONGEST = 28  # letters of a word that is never broken
RIGHT = frozenset({"number", "p", "interval"})
_SIZE, _HEAD, _SECOND = 8.7, 8.2, 8.0
_LEAST = 0.93  # the share of its size that type may shrink to before words are broken
_TRIALS, _FINEST = 8000, 60  # ways to share the room that are tried, and steps of one column

# Advance widths of Libertinus Serif in thousandths of an em, lining figures of one width: regular, bold
_REGULAR = (
    "250 288 336 465 465 637 705 190 298 298 369 550 220 338 220 323 465 465 465 465 465 465 465 465 465 465 236 236 "
    "550 550 550 435 895 695 588 646 701 557 485 685 730 297 322 637 528 839 699 702 541 702 587 485 597 661 652 951 "
    "660 575 604 356 287 356 518 486 392 457 493 428 506 447 310 500 538 271 272 512 264 790 542 504 519 503 372 390 "
    "316 531 497 747 490 515 424 277 205 277 449"
)
_BOLD = (
    "250 266 376 514 514 637 729 215 315 315 433 537 244 358 244 316 514 514 514 514 514 514 514 514 514 514 256 256 "
    "512 551 512 430 988 740 654 706 734 609 545 732 817 367 373 736 577 899 740 730 614 730 716 504 652 732 700 1028 "
    "718 624 624 397 307 397 518 486 392 506 542 456 561 489 391 521 619 322 312 613 325 905 616 551 581 573 428 427 "
    "358 598 529 777 561 558 452 307 220 307 473"
)
_OTHER = {"−": 550, "–": 548, "—": 742, "…": 749, "’": 268, "‘": 268, "“": 375, "”": 375, "·": 250, "†": 588, "▲": 541,
          "▼": 541, "✓": 833, "→": 1130, "\u202f": 125, "\u2009": 125, "\u200b": 0, "\u0304": 0}  # fmt: skip
_OTHER_BOLD = _OTHER | {"−": 540, "–": 534, "…": 817, "’": 253, "‘": 253, "“": 440, "”": 440, "†": 578, "→": 1154,
                        "\u202f": 156}  # fmt: skip
_ADVANCES = tuple(
    {**{chr(32 + place): int(number) for place, number in enumerate(numbers.split())}, **other}
    for numbers, other in ((_REGULAR, _OTHER), (_BOLD, _OTHER_BOLD))
)


@lru_cache(maxsize=8192)
def set_width(text: str, size: float, bold: bool = False) -> float:
    """How wide a line of text is on paper, in points; wide scripts count an em a letter.

    Examples
    --------
    >>> set_width("Magnets", 10.0)
    34.91
    """
    advances = _ADVANCES[bold]
    total = sum(advances.get(letter, 560 if ord(letter) < 0x2E80 else 1000) for letter in text)
    return round(total * size / 1000, 2)


@dataclass(frozen=True)
class Layout:
    """How a table is set.

    Attributes
    ----------
    widths : tuple of float
        Points a column, insets included; together the sheet's.
    size : float
        The share of its size that the type shrinks to.
    dots : bool
        Whether breadth stands as dots, or as a fraction where dots would cost lines.
    """

    widths: tuple[float, ...]
    size: float
    dots: bool


def spanned(labels: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Heads as they stand on paper: neighbours that begin alike share what they begin with, over what differs.

    Examples
    --------
    >>> spanned(["Test", "Exposed: statistic", "Exposed: p", "Standing"])
    [('', ['Test']), ('Exposed', ['statistic', 'p']), ('', ['Standing'])]
    """
    found: list[tuple[str, list[str]]] = []
    for over, group in groupby(labels, key=lambda label: label.partition(": ")[0] if ": " in label else ""):
        heads = list(group)
        if over and len(heads) > 1:
            found.append((over, [head.partition(": ")[2] for head in heads]))
        else:
            found += [("", [head]) for head in heads]
    return found


def layout_of(table: Table, shown: Sequence[int], rows: Sequence[Row]) -> Layout:
    """The widths that give a table fewest lines; spare room goes to the columns, to words twice as much.

    Parameters
    ----------
    table : Table
        Its columns.
    shown : sequence of int
        Those that stand on paper.
    rows : sequence of Row
        All rows, of every group.
    """
    dotted = any(table.columns[index].kind == "dots" for index in shown)
    lines, found = _best(table, shown, rows, dots=True)
    if dotted and (found.size < 1 or lines > len(rows)):
        fewer, plain_found = _best(table, shown, rows, dots=False)
        if (-plain_found.size, fewer) < (-found.size, lines):
            return plain_found
    return found


def _best(table: Table, shown: Sequence[int], rows: Sequence[Row], *, dots: bool) -> tuple[float, Layout]:
    columns = [table.columns[index] for index in shown]
    heads = [head for _, under in spanned([column.label for column in columns]) for head in under]
    columns = [replace(column, label=head) for column, head in zip(columns, heads, strict=True)]
    cells = [[row.cells[index] for index in shown] for row in rows]
    strong = [row.strong for row in rows]
    insets = [INSET if place else 0.0 for place in range(len(columns))]
    natural, least = [], []
    for place, column in enumerate(columns):
        whole, part = _needs(column, [line[place] for line in cells], strong, dots=dots)
        natural.append(whole)
        least.append(part)
    room = SHEET - sum(insets)
    if sum(natural) <= room:
        return float(len(rows)), Layout(_spread(columns, natural, insets, room), 1.0, dots)
    # heads over numbers give way first: they may stand on several lines
    whole_heads = natural
    natural = [
        part if _is_narrow(column) else whole for column, whole, part in zip(columns, natural, least, strict=True)
    ]
    if sum(natural) <= room:
        natural = _on_one_line(natural, whole_heads, room)
        return float(len(rows)), Layout(_spread(columns, natural, insets, room), 1.0, dots)
    wrapping = [place for place in range(len(columns)) if natural[place] > least[place] + 0.5]
    if sum(least) > room:
        scale = room / sum(least)
        scaled = tuple(round(need * scale + inset, 2) for need, inset in zip(least, insets, strict=True))
        return math.inf, Layout(scaled, round(max(scale, _LEAST), 3), dots)
    widths, lines = _shared(columns, cells, strong, natural, least, wrapping, room)
    wanted = [
        whole if _is_narrow(column) else width
        for column, whole, width in zip(columns, whole_heads, widths, strict=True)
    ]
    widths = _on_one_line(widths, wanted, room)
    return lines, Layout(_spread(columns, widths, insets, room), 1.0, dots)


def _on_one_line(needs: Sequence[float], wanted: Sequence[float], room: float) -> list[float]:
    """The needs, as many of them as the room allows widened to what is wanted, those that lack least first."""
    found = list(needs)
    for place in sorted(range(len(found)), key=lambda place: wanted[place] - needs[place]):
        if sum(found) - found[place] + wanted[place] <= room:
            found[place] = wanted[place]
    return found


def _is_narrow(column: Column) -> bool:
    """Whether a column holds numbers or drawings, which stand on one line."""
    return column.kind in RIGHT or column.kind in ("dots", "spark")


def _spread(
    columns: Sequence[Column], needs: Sequence[float], insets: Sequence[float], room: float
) -> tuple[float, ...]:
    """The needs, the rest of the room shared out by weight."""
    weights = [1.0 if _is_narrow(column) else column.grow * 2.0 for column in columns]
    share = (room - sum(needs)) / sum(weights)
    return tuple(
        round(need + inset + weight * share, 2) for need, inset, weight in zip(needs, insets, weights, strict=True)
    )


def _shared(
    columns: Sequence[Column],
    cells: Sequence[Sequence[Cell]],
    strong: Sequence[bool],
    natural: Sequence[float],
    least: Sequence[float],
    wrapping: Sequence[int],
    room: float,
) -> tuple[list[float], float]:
    """The widths under which the table takes fewest lines, by trying how the room can be shared; and these lines."""
    room -= sum(natural[place] for place in range(len(columns)) if place not in wrapping)
    free = room - sum(least[place] for place in wrapping)
    tried, height = [], []
    for place in wrapping:
        widths = sorted({min(least[place] + free * step / _FINEST, natural[place]) for step in range(_FINEST + 1)})
        words = [_body(line[place], bold=bold, dots=True) for line, bold in zip(cells, strong, strict=True)]
        words.append(_words(columns[place].label, _HEAD))
        high = np.array([[_wrapped(each, width) for each in words] for width in widths])
        # a width is worth trying where some cell takes fewer lines than under the one before
        telling = np.append(True, (high[1:] != high[:-1]).any(axis=1))
        tried.append(np.array(widths)[telling])
        height.append(high[telling])
    for at, kept in _thinned([len(widths) for widths in tried]).items():
        tried[at], height[at] = tried[at][kept], height[at][kept]
    choices = np.array(list(product(*(range(len(widths)) for widths in tried))))
    used = np.sum([widths[choices[:, at]] for at, widths in enumerate(tried)], axis=0)
    choices, used = choices[used <= room + 1e-6], used[used <= room + 1e-6]
    cells_high = np.array([high[choices[:, at]] for at, high in enumerate(height)])
    lines = cells_high.max(axis=0).sum(axis=1)
    # of equal tables the one with fewest broken cells, then the one that takes least
    best = np.lexsort((used, cells_high.sum(axis=(0, 2)), lines))[0]
    found = list(natural)
    for at, place in enumerate(wrapping):
        found[place] = float(tried[at][choices[best, at]])
    return found, float(lines[best])


def _thinned(counts: Sequence[int]) -> dict[int, IntArray]:
    """Of so many widths of each column those whose combinations are few enough to try; few widths are kept whole."""
    found: dict[int, IntArray] = {}
    left = float(_TRIALS)
    for at in sorted(range(len(counts)), key=lambda at: counts[at]):
        most = max(2, int(left ** (1 / (len(counts) - len(found)))))
        found[at] = np.unique(np.linspace(0, counts[at] - 1, most).round().astype(np.int64))
        left = max(left / len(found[at]), 1.0)
    return found


def _needs(column: Column, cells: Sequence[Cell], strong: Sequence[bool], *, dots: bool) -> tuple[float, float]:
    """A column's width on one line, and the least that breaks no word."""
    head = set_width(column.label, _HEAD)
    head_word = max((set_width(each, _HEAD) for each in _split(column.label)), default=0.0)
    bodies = [_body(cell, bold=bold, dots=dots) for cell, bold in zip(cells, strong, strict=True)]
    whole = max((sum(body) for body in bodies), default=0.0)
    if _is_narrow(column):
        return max(head, whole) + 1.0, max(head_word, whole) + 1.0
    part = max((max(body, default=0.0) for body in bodies), default=0.0)
    least = max(head_word, part if column.wrap else whole) + 1.0
    return max(head, whole) + 1.0, least


def _body(cell: Cell, *, bold: bool, dots: bool) -> list[float]:
    """The widths of a cell's words, each with the space after it."""
    if isinstance(cell, DotsCell):
        shown = dots and 1 <= cell.total <= MOST_DOTS
        return [DOT * cell.total if shown else set_width(fraction(cell), _SIZE)]
    if isinstance(cell, SparkCell):
        return [112 * SPARK]
    if isinstance(cell, NumberCell):
        raised = set_width(cell.raised, _SIZE * 0.68)
        after = set_width(f" {cell.after}", 7.4) if cell.after else 0.0
        return [set_width(cell.text, _SIZE, bold or cell.strong) + raised + after]
    if isinstance(cell, MissingCell):
        return [set_width("–", _SIZE)]
    if isinstance(cell, TextCell):
        found = (
            _words(cell.text, _SIZE, bold or cell.strong) + _words(cell.second, _SECOND) + _words(cell.badge, 7.4, True)
        )
        return [11.4 + found[0], *found[1:]] if cell.mark and found else found
    return _words(cell.text if isinstance(cell, LinkCell) else plain(cell.runs), _SIZE)


def fraction(cell: DotsCell) -> str:
    """Breadth in figures: "4/5"."""
    return f"{cell.up}/{cell.total}"


def _words(text: str, size: float, bold: bool = False) -> list[float]:
    return [set_width(f"{part} ", size, bold) for word in _split(text) for part in _parts(word)]


def _split(text: str) -> list[str]:
    """The words between which a line may break: not at a space that holds its words together."""
    return [word for word in text.split(" ") if word]


def _parts(word: str) -> list[str]:
    """Where a word too long for any column may break: every twelve letters."""
    return [word[start : start + 12] for start in range(0, len(word), 12)] if len(word) > LONGEST else [word]


def breakable(word: str) -> str:
    """A word with a place to break wherever a line may need one.

    Examples
    --------
    >>> breakable("Rare"), breakable("a" * 30).count("\u200b")
    ('Rare', 2)
    """
    return "\u200b".join(_parts(word))


def _wrapped(words: Sequence[float], width: float) -> float:
    """Lines that words take, set one after another."""
    lines, at = 1.0, 0.0
    for word in words:
        if at and at + word > width + 2.0:
            lines, at = lines + 1.0, word
        else:
            at += word
    return lines
