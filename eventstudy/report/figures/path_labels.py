"""Where the labels of a path stand: near their points, and on no path, no line of zero and no other label."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from eventstudy.report.figures.marks import Anchor, Point
from eventstudy.report.figures.sheet import Sheet, text_width

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
_Spot = tuple[float, float, Anchor]

# how far above a point its label's foot may stand, or below it
_LIFTS = (-10, -15, -21, -28, -37, -48, -60, -74, 19, 25, 32, 41, 52, 64, 78)
_SHIFTS: tuple[tuple[int, Anchor], ...] = (
    (0, "middle"),
    (9, "start"),
    (-9, "end"),
    (24, "start"),
    (-24, "end"),
    (44, "start"),
    (-44, "end"),
)
# what covering a path costs at least
_COVERS = 90.0
# lines of one label, in its size
_LEAD = 1.15


@dataclass(frozen=True)
class Frame:
    """Where one panel's plot lies, and how days and per cent become pixels."""

    left: float
    right: float
    top: float
    bottom: float
    taus: tuple[int, int]
    range: tuple[float, float]

    def x(self, tau: float) -> float:
        first, last = self.taus
        return self.left + (tau - first) / max(last - first, 1) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = self.range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    def line(self, taus: Sequence[int], values: Sequence[float]) -> list[Point]:
        return [(self.x(tau), self.y(value)) for tau, value in zip(taus, values, strict=True)]


class Placer:
    """Finds each label the spot that covers least: no other label, little of the path, near its point."""

    def __init__(
        self,
        sheet: Sheet,
        frame: Frame,
        path: Sequence[Point],
        other: Sequence[Point],
        ordinary: Sequence[Sequence[Point]],
    ) -> None:
        self.sheet, self.frame = sheet, frame
        self.boxes: list[Box] = []
        self._path = _dense(path)
        self._other = _dense(other)
        self._faint = [point for line in ordinary for point in _dense(line)]

    def put(self, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False) -> None:
        """Write a label near a point, above it or below; one as long as half the panel on two lines."""
        roomy = text_width(text, size, bold=bold) < 0.5 * (self.frame.right - self.frame.left)
        lines = (text,) if roomy else _halves(text)
        lower = y + (len(lines) - 1) * size * _LEAD
        near: list[_Spot] = [
            (x + shift, (y if lift < 0 else lower) + lift, anchor) for lift in _LIFTS for shift, anchor in _SHIFTS
        ]
        self._best(
            near,
            lines,
            size,
            colour,
            lambda at: 0.9 * abs(at[1] - y + 4) + 0.35 * abs(at[0] - x),
            bold=bold,
            anywhere=True,
        )

    def choose(self, spots: Sequence[Point], text: str, size: float, colour: str, *, italic: bool = False) -> None:
        """Write a label at the best of some spots, or nowhere if all would cover a path or another label."""
        tried: list[_Spot] = []
        for x, y in spots:
            tried += [(x, y, "end"), (x, y, "middle")]
        right = self.frame.right
        self._best(tried, (text,), size, colour, lambda at: 0.05 * (right - at[0]), italic=italic, must=True)

    def _best(
        self,
        spots: Sequence[_Spot],
        lines: Sequence[str],
        size: float,
        colour: str,
        far: Callable[[_Spot], float],
        *,
        bold: bool = False,
        italic: bool = False,
        must: bool = False,
        anywhere: bool = False,
    ) -> None:
        wide = max(text_width(line, size, bold=bold) for line in lines) * 1.04
        rise = (len(lines) - 1) * size * _LEAD
        tries = [spots, self._everywhere(size)] if anywhere else [spots]
        best: tuple[float, _Spot, Box] | None = None
        for some in tries:
            if best is not None and best[0] < _COVERS:
                break
            for distance, spot in sorted(((far(spot), spot) for spot in some), key=itemgetter(0)):
                if best is not None and distance >= best[0]:
                    break  # the farther ones cost more, whatever they cover
                x, y, anchor = spot
                left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
                box = (left - 2, y - rise - size * 0.86, left + wide + 2, y + size * 0.28)
                cost = self._cost(box) + distance
                if best is None or cost < best[0]:
                    best = (cost, spot, box)
        if best is None or (must and best[0] >= _COVERS):
            return
        _, (x, y, anchor), box = best
        self.boxes.append(box)
        for line in reversed(lines):
            self.sheet.text(x, y, line, size, colour, anchor=anchor, bold=bold, italic=italic, halo=True)
            y -= size * _LEAD

    def _everywhere(self, size: float) -> list[_Spot]:
        """Spots all over the panel, for a label that has no room near its point."""
        frame = self.frame
        across, down = 12, int((frame.bottom - frame.top) / (0.6 * size))
        return [
            (frame.left + (frame.right - frame.left) * column / across, frame.top + size * (0.6 * row + 0.9), "start")
            for column in range(across)
            for row in range(down)
        ]

    def clear(self, box: Box) -> bool:
        """Whether neither path goes through a box."""
        return _covering(self._path, box, 1.0, 0.0) + _covering(self._other, box, 1.0, 0.0) == 0

    def _cost(self, box: Box) -> float:
        left, top, right, bottom = box
        frame = self.frame
        cost = 0.0
        if left < frame.left - 2 or right > frame.right + 9 or top < frame.top - 6 or bottom > frame.bottom:
            cost += 1000.0
        cost += sum(
            400.0 for each in self.boxes if left < each[2] and each[0] < right and top < each[3] and each[1] < bottom
        )
        cost += _covering(self._path, (left - 3, top - 3, right + 3, bottom + 3), _COVERS, 15.0)
        cost += _covering(self._other, box, _COVERS, 9.0)
        cost += _covering(self._faint, box, 0.0, 1.2)
        zero, before = frame.y(0), frame.x(-1)
        cost += _COVERS if top < zero < bottom else 0.0
        return cost + (14.0 if left < before < right else 0.0)


def _halves(text: str) -> tuple[str, ...]:
    """The text on two lines about as long as each other, if it has a space to break at."""
    words = text.split(" ")
    breaks = [(" ".join(words[:place]), " ".join(words[place:])) for place in range(1, len(words))]
    return min(breaks, key=lambda lines: max(map(len, lines)), default=(text,))


def _covering(points: Sequence[Point], box: Box, any_of: float, each: float) -> float:
    """What it costs to cover any of these points, and each of them."""
    left, top, right, bottom = box
    covered = sum(1 for x, y in points if left < x < right and top < y < bottom)
    return any_of + each * covered if covered else 0.0


def _dense(points: Sequence[Point]) -> list[Point]:
    """The points and what lies between neighbours, a few pixels apart."""
    found: list[Point] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if not all(math.isfinite(each) for each in (x0, y0, x1, y1)) or x1 < x0:
            continue
        steps = max(1, int(max(abs(x1 - x0), abs(y1 - y0)) // 5))
        found += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(steps + 1)]
    return found
