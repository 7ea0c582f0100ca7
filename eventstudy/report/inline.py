"""Drawings the size of a word: role marks, breadth dots, sparklines; for the page and for paper."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache

from eventstudy.report.figures.sparkline import HEIGHT, WIDTH, spark_points
from eventstudy.report.model import DotsCell, Role, SparkCell
from eventstudy.report.tokens import PRINT, ROLE_COLOUR

MOST_DOTS = 12
"""Shares up to which breadth is told in dots."""


def _page(token: str) -> str:
    return f"var(--{token})"


def _paper(token: str) -> str:
    return PRINT[token]


def _mark(role: Role, colour: str) -> str:
    return {
        "exposed": f'<circle cx="5.5" cy="5.5" r="4.4" fill="{colour}"/>',
        "beneficiary": f'<path d="M5.5 0L11 5.5L5.5 11L0 5.5Z" fill="{colour}"/>',
        "control": f'<path d="M1.5 1.5h8v8h-8z" fill="{colour}"/>',
        "exposed_elsewhere": f'<circle cx="5.5" cy="5.5" r="3.7" fill="none" stroke="{colour}" stroke-width="1.6"/>',
    }.get(role, "")


def mark_page(role: Role) -> str:
    """The role's filled mark for the page; open for shares outside the target, nothing without a role."""
    shape = _mark(role, _page(ROLE_COLOUR[role]))
    return f'<svg class="mark" width="11" height="11" aria-hidden="true">{shape}</svg>' if shape else ""


def mark_paper(role: Role) -> str:
    """The same mark as an SVG file."""
    shape = _mark(role, _paper(ROLE_COLOUR[role]))
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="11" height="11">{shape}</svg>' if shape else ""


@lru_cache(maxsize=512)
def _breadth(up: int, total: int, colour: str) -> str:
    # a dot is a line of no length with a round end; a ring is two arcs
    filled = "".join(f"M{4 + 8 * index} 5h0" for index in range(up))
    rings = "".join(f"M{1.4 + 8 * index:g} 5a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0" for index in range(up, total))
    shapes = ""
    if filled:
        shapes += f'<path d="{filled}" stroke="{colour}" stroke-width="6.2" stroke-linecap="round"/>'
    if rings:
        shapes += f'<path d="{rings}" stroke="{colour}" fill="none"/>'
    return shapes


def breadth_page(cell: DotsCell) -> str:
    """One dot a share for the page: filled rose, open fell."""
    shapes = _breadth(cell.up, cell.total, _page(ROLE_COLOUR[cell.role]))
    return f'<svg class="breadth" width="{8 * cell.total}" height="10" aria-hidden="true">{shapes}</svg>'


def breadth_paper(cell: DotsCell) -> str:
    """The same dots as an SVG file."""
    colour = _paper(ROLE_COLOUR[cell.role])
    # some readers of SVG drop lines of no length: here a dot is two arcs too
    filled = "".join(f"M{0.9 + 8 * index:g} 5a3.1 3.1 0 1 0 6.2 0a3.1 3.1 0 1 0-6.2 0" for index in range(cell.up))
    rings = _breadth(0, cell.total - cell.up, colour)
    dots = f'<path d="{filled}" fill="{colour}"/>' if filled else ""
    moved = f'<g transform="translate({8 * cell.up} 0)">{rings}</g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{8 * cell.total}" height="10">{dots}{moved}</svg>'


def _pen(line: Iterable[tuple[float, float]]) -> str:
    """A path in tenths of a pixel, each step from the point before; a height that is NaN breaks it."""
    steps: list[str] = []
    last: tuple[int, int] | None = None
    for x, y in line:
        if math.isnan(y):
            last = None
            continue
        at = round(x * 10), round(y * 10)
        if last is None:
            steps.append(f"M{at[0]} {at[1]}")
        else:
            across, down = at[0] - last[0], at[1] - last[1]
            steps.append(f"l{across}{'' if down < 0 else ' '}{down}")
        last = at
    return "".join(steps)


def spark_shapes(cell: SparkCell) -> str:
    """What lies on the page's sparkline, in tenths of a pixel; the style sheet gives colours and widths."""
    place = spark_points(cell)
    shapes = f'<path class="zero" d="M0 {place.zero * 10:.0f}h{WIDTH * 10}"/>'
    shapes += f'<path class="before" d="M{place.before * 10:.0f} 20v230"/>'
    if line := _pen(place.line):
        shapes += f'<path d="{line}"/>'
    for x, y in place.day:
        shapes += f'<circle class="day" cx="{x * 10:.0f}" cy="{y * 10:.0f}" r="24"/>'
    limits = "".join(f"M{x * 10:.0f} {y * 10 - 70:.0f}l26 44h-52z" for x, y in place.up)
    limits += "".join(f"M{x * 10:.0f} {y * 10 + 70:.0f}l26-44h-52z" for x, y in place.down)
    return shapes + (f'<path class="limit" d="{limits}"/>' if limits else "")


def spark_page(cell: SparkCell, spoken: str, shapes: str = "") -> str:
    """The line for the page; ``spoken`` is its escaped description, ``shapes`` what is drawn if not the line anew."""
    told = f' role="img" aria-label="{spoken}"' if spoken else ' aria-hidden="true"'
    box = f'viewBox="0 0 {WIDTH * 10} {HEIGHT * 10}"'
    return f'<svg class="spark {ROLE_COLOUR[cell.role]}" {box}{told}>{shapes or spark_shapes(cell)}</svg>'


def spark_paper(cell: SparkCell) -> str:
    """The same line as an SVG file."""
    colour, rule, muted, ink = (_paper(token) for token in (ROLE_COLOUR[cell.role], "rule", "muted", "ink"))
    place = spark_points(cell)
    line, pen = [], "M"
    for x, y in place.line:
        if math.isnan(y):
            pen = "M"
            continue
        line.append(f"{pen}{x:g} {y:g}")
        pen = "L"
    shapes = (
        f'<path d="M0 {place.zero:g}H{WIDTH}" stroke="{rule}"/>'
        f'<path d="M{place.before:g} 2V25" stroke="{muted}" stroke-dasharray="1 2"/>'
    )
    if line:
        shapes += (
            f'<path d="{"".join(line)}" stroke="{colour}" stroke-width="1.5" fill="none" stroke-linejoin="round"/>'
        )
    for x, y in place.day:
        shapes += f'<circle cx="{x:g}" cy="{y:g}" r="2.4" fill="{colour}"/>'
    for x, y in place.up:
        shapes += f'<path d="M{x:g} {y - 7:g}l2.6 4.4h-5.2z" fill="{ink}"/>'
    for x, y in place.down:
        shapes += f'<path d="M{x:g} {y + 7:g}l2.6-4.4h-5.2z" fill="{ink}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">{shapes}</svg>'
