"""What lies on a sheet: outlines and lines of text, in pixels from the top left, colours as in a theme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]
Segment = tuple[Literal["M", "L", "C", "Z"], tuple[float, ...]]
"""A step of a pen, as SVG has it: a letter and its coordinates; none for ``"Z"``, which closes the outline."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One path in one style; an empty colour is none."""

    segments: tuple[Segment, ...]
    fill: str = ""
    edge: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()
    alpha: float = 1.0
    cap: Literal["butt", "round"] = "butt"
    join: Literal["round", "miter"] = "round"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text with its baseline at ``y``; ``kind`` is what the page styles it by.

    A ``"tail"`` follows the line before it, at its own natural distance where the reader's font is known.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    bold: bool = False
    italic: bool = False
    kind: Literal["text", "halo", "tail", "watermark"] = "text"
    alpha: float = 1.0
    rotation: float = 0.0


Mark = Outline | Line


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of the sheet with what a reader is told who points at it; nothing of it is drawn."""

    x: float
    y: float
    width: float
    height: float
    text: str
