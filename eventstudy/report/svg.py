"""A matplotlib figure as a few clean SVG elements, for a page that themes them and for paper.

matplotlib writes one self-contained picture with definitions and ids of its own. A report sets a hundred of them
on one page, in two colour schemes and in the reader's own fonts: so only paths and texts are kept, colours
become tokens again, and no id is left that could meet another.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree

from eventstudy.report.tokens import PAPER_SERIF, PRINT, TOKEN_OF, matplotlib_settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Medium = Literal["page", "paper"]

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SPACE = re.compile(r"\s+")
_FAMILY = re.compile(r"font-family:[^;]*;? ?|font: ")
_STILL = re.compile(r"rotate\(-?0(?:\.0*)? ")
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

    def page(self, *, label: str = "", described_by: str = "", classes: str = "") -> str:
        """The ``<svg>`` for HTML: colours as ``var(--token)``, text in the page's own font.

        ``label`` makes it an image with that name; without one it is hidden from those who listen.
        """
        spoken = f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'
        if label and described_by:
            spoken += f' aria-describedby="{escape(described_by)}"'
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        box = f'viewBox="0 0 {_number(self.width)} {_number(self.height)}"'
        body = "".join(_element(element, "page") for element in self.elements)
        return f'<svg class="{escape(classes)}" {size} {box}{spoken}>{body}</svg>'

    def paper(self) -> str:
        """A whole SVG file for the PDF: colours resolved, set in the PDF's own typeface."""
        size = f'width="{_number(self.width)}" height="{_number(self.height)}"'
        box = f'viewBox="0 0 {_number(self.width)} {_number(self.height)}"'
        body = "".join(_element(element, "paper") for element in self.elements)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box} font-family="{PAPER_SERIF}">{body}</svg>'


def to_drawn(figure: Figure) -> Drawn:
    """The elements of a figure made by `Sheet`.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        In the light theme; other artists than paths and texts are an error.

    Returns
    -------
    Drawn
    """
    import matplotlib as mpl

    from eventstudy.report.figures.label import Label

    labels = [artist for artist in figure.artists if isinstance(artist, Label)]
    background = figure.patch.get_visible()
    stream = io.StringIO()
    try:
        # the page's own font draws the words, and the page paints their halo
        for label in labels:
            label.measured = False
        figure.patch.set_visible(False)
        with mpl.rc_context(matplotlib_settings()):  # type: ignore[arg-type]
            figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    finally:
        figure.patch.set_visible(background)
        for label in labels:
            label.measured = True
    width, height = figure.get_size_inches() * 72
    return Drawn(round(float(width), 2), round(float(height), 2), tuple(_elements(stream.getvalue())))


def _elements(source: str) -> list[Shape | Words]:
    found: list[Shape | Words] = []
    root = ElementTree.fromstring(source)
    kinds = {element: element.get("id", "") for element in root.iter("{http://www.w3.org/2000/svg}g")}
    for group, kind in kinds.items():
        for child in group:
            tag = child.tag.rpartition("}")[2]
            if tag == "path":
                outline = _SPACE.sub(" ", child.get("d", "")).strip()
                found.append(Shape(_tight(outline), _style(child.get("style", ""))))
            elif tag == "text":
                words = _words(child, kind)
                last = found[-1] if found else None
                if kind == "tail" and isinstance(last, Words):
                    found[-1] = replace(last, tail=words.text, tail_style=words.style)
                else:
                    found.append(words)
            elif tag != "g":
                raise ValueError(
                    f"a drawing holds a <{tag}>, which a report cannot set; draw with lines, areas and text"
                )
    return found


def _words(element: ElementTree.Element, kind: str) -> Words:
    style = _style(element.get("style", ""))
    anchor = "start"
    if match := re.search(r"text-anchor: ?(\w+);?", style):
        anchor, style = match[1], style.replace(match[0], "")
    transform = element.get("transform", "")
    if _STILL.match(transform):
        transform = ""
    return Words(
        element.get("x", ""),
        element.get("y", ""),
        element.text or "",
        style.strip("; "),
        anchor,
        kind,
        transform,
    )


def _style(style: str) -> str:
    return _FAMILY.sub("", style).replace(": ", ":").replace("; ", ";").strip("; ")


def _tight(outline: str) -> str:
    return re.sub(r" ?([MLCQZmlcqz]) ?", r"\1", outline)


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _coloured(style: str, medium: Medium) -> str:
    if medium == "page":
        return _COLOUR.sub(lambda match: f"var(--{TOKEN_OF[match[0]]})", style)
    return _COLOUR.sub(lambda match: _TO_PAPER.get(match[0], match[0]), style)


def _element(element: Shape | Words, medium: Medium) -> str:
    style = _coloured(element.style, medium)
    if isinstance(element, Shape):
        return f'<path d="{element.outline}" style="{style}"/>'
    # the page styles the class; paper has no style sheet
    halo = f' class="{element.kind}"' if medium == "page" and element.kind in {"halo", "watermark"} else ""
    if element.kind == "halo" and medium == "paper":
        style += f";paint-order:stroke;stroke:{PRINT['paper']};stroke-width:3.5px;stroke-linejoin:round"
    anchor = f' text-anchor="{element.anchor}"' if element.anchor != "start" else ""
    transform = f' transform="{element.transform}"' if element.transform else ""
    tail = ""
    if element.tail:
        grey = f"font-weight:400;{_coloured(element.tail_style, medium)}"
        tail = f'<tspan dx="5" style="{grey}">{escape(element.tail)}</tspan>'
    where = f'x="{element.x}" y="{element.y}"' if element.x else ""
    return f'<text {where}{anchor}{transform}{halo} style="{style}">{escape(element.text)}{tail}</text>'
