"""A sheet as a few clean SVG elements, for a page that themes them and for paper.

A report sets a hundred drawings on one page, in two colour schemes and in the reader's own fonts: so they are paths
and texts, colours are tokens, and there is no id that could meet another. matplotlib's own SVG is one self-contained
picture with definitions and ids; taking it apart again cost nearly half of a report's time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import Literal

from eventstudy.report.figures.marks import Line, Mark, Outline, Spot
from eventstudy.report.tokens import PAPER_SERIFS, PRINT, TOKEN_OF

Medium = Literal["page", "paper"]

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_TO_PAPER = {"#fdfcf9": PRINT["paper"]}


@dataclass(frozen=True)
class Shape:
    """One path: its outline and its CSS, colours as in the light theme."""

    outline: str
    style: str


@dataclass(frozen=True)
class Words:
    """One line of text; ``tail`` follows it on the same line in a style of its own."""

    x: str
    y: str
    text: str
    style: str
    anchor: str
    kind: str
    transform: str = ""
    tail: str = ""
    tail_style: str = ""


@dataclass(frozen=True)
class Drawn:
    """A drawing ready to be set: its size in pixels and its elements in painting order."""

    width: float
    height: float
    elements: tuple[Shape | Words, ...]
    spots: tuple[Spot, ...] = ()

    def page(
        self,
        *,
        label: str = "",
        described_by: str = "",
        classes: str = "",
        class_of: Callable[[str], str] | None = None,
        place_of: Callable[[str], int] | None = None,
    ) -> str:
        """The ``<svg>`` for HTML: colours as ``var(--token)``, text in the page's own font.

        ``label`` makes it an image with that name; without one it is hidden from those who listen. ``class_of`` gives
        the class that stands for a style on the page; without it every element carries its style. ``place_of`` gives
        the place of a spot's text in a list that the page holds; without it the drawing tells no values.
        """
        spoken = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
        if label and described_by:
            spoken += f' aria-describedby="{escape(described_by)}"'
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        box = f'viewBox="0 0 {_number(self.width)} {_number(self.height)}"'
        body = "".join(_on_page(element, class_of) for element in self.elements)
        spots = ""
        if place_of is not None and self.spots:
            spots = f' data-spots="{" ".join(_spot(spot, place_of(spot.text)) for spot in self.spots)}"'
        return f'<svg class="{escape(classes)}" {size} {box}{spoken}{spots}>{body}</svg>'

    def paper(self) -> str:
        """A whole SVG file for the PDF: colours resolved, set in the PDF's own typeface."""
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        box = f'viewBox="0 0 {_number(self.width)} {_number(self.height)}"'
        body = "".join(_on_paper(element) for element in self.elements)
        family = f'font-family="{", ".join(PAPER_SERIFS)}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} {family}>{body}</svg>'


def drawn_of(marks: Iterable[Mark], width: float, height: float, spots: Iterable[Spot] = ()) -> Drawn:
    """The marks of a sheet in the light theme, as SVG has them.

    Parameters
    ----------
    marks : iterable of Outline or Line
        In painting order.
    width, height : float
        Pixels.
    spots : iterable of Spot
        What is told to those who point at a part.
    """
    found: list[Shape | Words] = []
    for mark in marks:
        if isinstance(mark, Outline):
            found.append(Shape(_path(mark), _ink(mark)))
            continue
        last = found[-1] if found else None
        if mark.kind == "tail" and isinstance(last, Words):
            found[-1] = replace(last, tail=mark.text, tail_style=_type(mark))
            continue
        x, y = _number(mark.x), _number(mark.y)
        turned = f"rotate({_number(-mark.rotation)} {x} {y})" if mark.rotation else ""
        found.append(Words(x, y, mark.text, _type(mark), mark.anchor, mark.kind, turned))
    return Drawn(round(float(width), 2), round(float(height), 2), tuple(found), tuple(spots))


def _path(mark: Outline) -> str:
    return "".join(f"{letter}{' '.join(map(_number, numbers))}" for letter, numbers in mark.segments)


def _ink(mark: Outline) -> str:
    style = [f"fill:{mark.fill or 'none'}"]
    if mark.alpha < 1:
        style.append(f"opacity:{mark.alpha:g}")
    if mark.dash:
        style.append(f"stroke-dasharray:{','.join(map(_number, mark.dash))}")
    if mark.edge:
        style.append(f"stroke:{mark.edge}")
        if mark.width != 1:
            style.append(f"stroke-width:{_number(mark.width)}")
        if mark.cap != "butt":
            style.append(f"stroke-linecap:{mark.cap}")
        if mark.join != "round":
            style.append(f"stroke-linejoin:{mark.join}")
    return ";".join(style)


def _type(mark: Line) -> str:
    style = ["font-style:italic"] if mark.italic else []
    if mark.bold:
        style.append("font-weight:700")
    style += [f"font-size:{_number(mark.size)}px", f"fill:{mark.colour}"]
    if mark.alpha < 1:
        style.append(f"opacity:{mark.alpha:g}")
    return ";".join(style)


@lru_cache(maxsize=1 << 16)
def _number(value: float) -> str:
    # + 0.0 makes a negative zero a plain one
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1024)
def _coloured(style: str, medium: Medium) -> str:
    if medium == "page":
        return _COLOUR.sub(lambda match: f"var(--{TOKEN_OF[match[0]]})", style)
    return _COLOUR.sub(lambda match: _TO_PAPER.get(match[0], match[0]), style)


def _on_page(element: Shape | Words, class_of: Callable[[str], str] | None) -> str:
    style = _coloured(element.style, "page")
    if isinstance(element, Shape):
        return f'<path d="{element.outline}"{_looks(style, "", class_of)}/>'
    # the page styles the class; paper has no style sheet
    kind = element.kind if element.kind in {"halo", "watermark"} else ""
    if element.anchor != "start":
        style += f";text-anchor:{element.anchor}"
    tail = ""
    if element.tail:
        grey = f"font-weight:400;{_coloured(element.tail_style, 'page')}"
        tail = f'<tspan dx="5"{_looks(grey, "", class_of)}>{escape(element.tail)}</tspan>'
    transform = f' transform="{element.transform}"' if element.transform else ""
    attributes = f'x="{element.x}" y="{element.y}"{transform}{_looks(style, kind, class_of)}'
    return f"<text {attributes}>{escape(element.text)}{tail}</text>"


def _spot(spot: Spot, place: int) -> str:
    return f"{spot.x:.0f},{spot.y:.0f},{spot.width:.0f},{spot.height:.0f},{place}"


def _looks(style: str, kind: str, class_of: Callable[[str], str] | None) -> str:
    """The attributes that carry a style: a class of the page's own, or the style itself."""
    if class_of is not None:
        return f' class="{kind} {class_of(style)}"' if kind else f' class="{class_of(style)}"'
    return f' class="{kind}" style="{style}"' if kind else f' style="{style}"'


def _on_paper(element: Shape | Words) -> str:
    style = _coloured(element.style, "paper")
    if isinstance(element, Shape):
        return f'<path d="{element.outline}" style="{style}"/>'
    if element.kind == "halo":
        style += f";paint-order:stroke;stroke:{PRINT['paper']};stroke-width:3.5px;stroke-linejoin:round"
    anchor = f' text-anchor="{element.anchor}"' if element.anchor != "start" else ""
    transform = f' transform="{element.transform}"' if element.transform else ""
    tail = ""
    if element.tail:
        grey = f"font-weight:400;{_coloured(element.tail_style, 'paper')}"
        tail = f'<tspan dx="5" style="{grey}">{escape(element.tail)}</tspan>'
    attributes = f'x="{element.x}" y="{element.y}"{anchor}{transform} style="{style}"'
    return f"<text {attributes}>{escape(element.text)}{tail}</text>"
