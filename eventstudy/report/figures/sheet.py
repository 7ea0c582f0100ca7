"""A sheet to draw on, measured in CSS pixels from the top left: set as SVG in a report, or a matplotlib figure.

What is drawn is kept as outlines and lines of text. Everything drawn in one stroke style becomes one outline, so a
drawing has tens of them and not hundreds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from eventstudy.report.figures.marks import Anchor, Line, Mark, Outline, Point, Segment, Spot
from eventstudy.report.tokens import ROLE_COLOUR, THEMES
from eventstudy.report.wording import figures as say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eventstudy.report.svg import Drawn

_KAPPA = 0.5522847498

# Advance widths of a grotesque in thousandths of an em (Helvetica's own), enough to place labels by
_ADVANCE = {
    **dict.fromkeys("ijl'|", 222),
    **dict.fromkeys(" ft.,:;/!I[]\\", 278),
    **dict.fromkeys("()r-`", 333),
    **dict.fromkeys("cksvxyzJ", 500),
    **dict.fromkeys("abdeghnopqu0123456789L$?_#", 556),
    **dict.fromkeys("+−=<>~", 584),
    **dict.fromkeys("FTZ", 611),
    **dict.fromkeys("ABEKPSVXY&", 667),
    **dict.fromkeys("CDHNRUw", 722),
    **dict.fromkeys("GOQ", 778),
    **dict.fromkeys("mM", 833),
    **dict.fromkeys("W%", 920),
    "\u202f": 200,
    "\u2009": 200,
}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a line of text is, in the unit of ``size``; wide scripts count an em a letter.

    Examples
    --------
    >>> text_width("nnnn", 10)
    22.24
    """
    return _wide(_advance(text), size, bold)


@lru_cache(maxsize=4096)
def _advance(text: str) -> int:
    return sum(map(_advance_of, text))


def _advance_of(letter: str) -> int:
    return _ADVANCE.get(letter) or (600 if ord(letter) < 0x2E80 else 1000)


def _wide(advance: int, size: float, bold: bool) -> float:
    return round(advance * size * (1.06 if bold else 1.0) / 1000, 4)


def shorten(text: str, room: float, size: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits into ``room`` with an ellipsis.

    Examples
    --------
    >>> shorten("Defence", 100, 10), shorten("Defence and heavy machinery", 60, 10)
    ('Defence', 'Defence an…')
    """
    if text_width(text, size, bold=bold) <= room:
        return text
    kept = text[:400]
    ends = accumulate(map(_advance_of, kept))
    fits = bisect_right(list(ends), room, key=lambda advance: _wide(advance, size, bold) + size * 0.6)
    return kept[:fits].rstrip() + "…"


def clean(text: str) -> str:
    """One line of what XML can carry: line breaks become spaces, control characters go."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in "\u202f\u2009\u00a0\u200a" else " "
        for letter in text
        if not 0xD800 <= ord(letter) <= 0xDFFF
    )


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from below ``low`` to above ``high``, zero among them, at most about ``most`` steps apart.

    Examples
    --------
    >>> ticks(-11.6, 26.5)
    [-20.0, -10.0, 0.0, 10.0, 20.0, 30.0]
    """
    low, high = min(low, 0.0), max(high, 0.0)
    span = max(high - low, 1e-9)
    magnitude = 10.0 ** math.floor(math.log10(span / most))
    step = next(
        (factor * magnitude for factor in (1.0, 2.0, 5.0, 10.0) if span / (factor * magnitude) <= most),
        10.0 * magnitude,
    )
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A tick's number: signed, true minus, as few decimals as it takes.

    Examples
    --------
    >>> tick_text(-10.0), tick_text(0.0), tick_text(2.5)
    ('−10', '0', '+2.5')
    """
    if value == 0:
        return "0"
    number = f"{abs(value):.10f}".rstrip("0").rstrip(".")
    return ("+" if value > 0 else "−") + number


class Sheet:
    """An empty drawing of ``width`` by ``height`` pixels; what is drawn later lies on top.

    Parameters
    ----------
    width, height : float
        Pixels, 72 to the matplotlib inch.
    theme : str
        ``"light"``, ``"dark"`` or ``"print"``; colours are named by their tokens in every method.
    simulated : bool
        Whether the word "simulated" lies across the drawing.
    """

    def __init__(self, width: float, height: float, theme: str = "light", *, simulated: bool = False) -> None:
        self.width, self.height = width, height
        self.marks: list[Mark] = []
        self.spots: list[Spot] = []
        self._colour = THEMES[theme]
        if simulated:
            self._watermark()

    def _watermark(self) -> None:
        """The word across the drawing, once for each part that could be cut out of it."""
        across = min(2, max(1, round(self.width / self.height / 1.4)))
        down = max(1, round(self.height / self.width / 0.9))
        size = min(self.width / across / 6.4, self.height / down / 2.2)
        for row in range(down):
            for column in range(across):
                x, y = self.width * (column + 0.5) / across, self.height * (row + 0.5) / down
                self.marks.append(
                    Line(
                        round(x, 2),
                        round(y + size * 0.25, 2),
                        say.SIMULATED,
                        round(size, 1),
                        self._colour["ink"],
                        anchor="middle",
                        bold=True,
                        kind="watermark",
                        alpha=0.07,
                        rotation=16,
                    )
                )

    def lines(
        self,
        lines: Iterable[Sequence[Point]],
        colour: str,
        width: float = 1.0,
        *,
        dash: tuple[float, ...] = (),
        alpha: float = 1.0,
        cap: Literal["butt", "round"] = "butt",
    ) -> None:
        """Draw open polylines in one style; a point that is NaN breaks its line."""
        segments: list[Segment] = []
        for line in lines:
            pen_up = True
            for x, y in line:
                if math.isnan(x) or math.isnan(y):
                    pen_up = True
                    continue
                segments.append(("M" if pen_up else "L", (round(x, 2), round(y, 2))))
                pen_up = False
        self._outline(segments, edge=self._colour[colour], width=width, dash=dash, alpha=alpha, cap=cap)

    def area(
        self,
        outlines: Iterable[Sequence[Point]],
        fill: str = "",
        *,
        edge: str = "",
        width: float = 0.0,
        alpha: float = 1.0,
    ) -> None:
        """Draw closed polygons in one style."""
        segments: list[Segment] = []
        for outline in outlines:
            if len(outline) < 3:
                continue
            first, *others = ((round(x, 2), round(y, 2)) for x, y in outline)
            segments.append(("M", first))
            segments += [("L", point) for point in others]
            segments.append(("Z", ()))
        self._fill(segments, fill, edge, width, alpha)

    def _fill(self, segments: list[Segment], fill: str, edge: str, width: float, alpha: float = 1.0) -> None:
        colours = {name: self._colour[token] if token else "" for name, token in (("fill", fill), ("edge", edge))}
        self._outline(segments, **colours, width=width, alpha=alpha, join="miter")

    def _outline(self, segments: list[Segment], **style: Any) -> None:
        if segments:
            self.marks.append(Outline(tuple(segments), **style))

    def rectangle(
        self, x: float, y: float, width: float, height: float, fill: str = "", *, edge: str = "", line: float = 0.0
    ) -> None:
        """Draw one rectangle with its top left corner at (x, y)."""
        self.area([[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]], fill, edge=edge, width=line)

    def circles(
        self, centres: Iterable[Point], radius: float, fill: str = "", *, edge: str = "", line: float = 0.0
    ) -> None:
        """Draw circles of one size and style."""
        r, k = radius, radius * _KAPPA
        quarters = (
            ((r, k), (k, r), (0.0, r)),
            ((-k, r), (-r, k), (-r, 0.0)),
            ((-r, -k), (-k, -r), (0.0, -r)),
            ((k, -r), (r, -k), (r, 0.0)),
        )
        segments: list[Segment] = []
        for x, y in centres:
            segments.append(("M", (round(x + r, 2), round(y, 2))))
            for quarter in quarters:
                segments.append(("C", tuple(round(at, 2) for dx, dy in quarter for at in (x + dx, y + dy))))
        self._fill(segments, fill, edge, line)

    def mark(self, x: float, y: float, role: str, radius: float, reading: str, *, line: float = 1.8) -> None:
        """Draw a role's mark: circle, diamond or square; filled when clear, with a dot when unusual, else open."""
        colour = "ink" if role == "legend" else ROLE_COLOUR.get(role, "muted")
        fill = colour if reading == "clear" else "paper"
        if role == "beneficiary":
            r = radius * 1.28
            self.area([[(x, y - r), (x + r, y), (x, y + r), (x - r, y)]], fill, edge=colour, width=line)
        elif role == "control":
            r = radius * 0.9
            self.rectangle(x - r, y - r, 2 * r, 2 * r, fill, edge=colour, line=line)
        else:
            self.circles([(x, y)], radius, fill, edge=colour, line=line)
        if reading in {"suggestive", "uneven"}:
            self.circles([(x, y)], max(radius * 0.36, 1.5), colour)

    def role_mark(self, x: float, y: float, role: str, radius: float = 4.2) -> None:
        """Draw the small filled mark that stands before a role's name; open for shares outside the target."""
        colour = ROLE_COLOUR.get(role, "muted")
        if role == "beneficiary":
            r = radius * 1.25
            self.area([[(x, y - r), (x + r, y), (x, y + r), (x - r, y)]], colour)
        elif role == "control":
            r = radius * 0.92
            self.rectangle(x - r, y - r, 2 * r, 2 * r, colour)
        elif role == "exposed_elsewhere":
            self.circles([(x, y)], radius - 0.8, "paper", edge=colour, line=1.6)
        else:
            self.circles([(x, y)], radius, colour)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str = "ink",
        *,
        anchor: Anchor = "start",
        bold: bool = False,
        italic: bool = False,
        halo: bool = False,
        tail: str = "",
        tail_size: float = 0.0,
    ) -> None:
        """Write one line with its baseline at y; ``tail`` follows it in grey at its own natural distance."""
        self._write(x, y, text, size, self._colour[colour], anchor, bold, italic, "halo" if halo else "text")
        if tail:
            x += text_width(text, size, bold=bold) * 1.1 + 5
            self._write(x, y, tail, tail_size or size, self._colour["muted"], anchor, False, italic, "tail")

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        colour: str,
        anchor: Anchor,
        bold: bool,
        italic: bool,
        kind: Literal["text", "halo", "tail"],
    ) -> None:
        words = clean(text)
        if words.strip():
            self.marks.append(Line(round(x, 2), round(y, 2), words, size, colour, anchor, bold, italic, kind))

    def spot(self, x: float, y: float, width: float, height: float, text: str) -> None:
        """Say what a rectangle shows, for those who point at it or step through the drawing by keys."""
        self.spots.append(Spot(x, y, width, height, clean(text)))

    def drawn(self) -> Drawn:
        """The drawing as the few SVG elements that a report sets."""
        from eventstudy.report.svg import drawn_of

        return drawn_of(self.marks, self.width, self.height, self.spots)

    def figure(self) -> Figure:
        """The drawing as a matplotlib figure, without pyplot: nothing to close."""
        from eventstudy.report.figures.canvas import figure_of

        return figure_of(self.marks, self.width, self.height, self._colour["paper"])
