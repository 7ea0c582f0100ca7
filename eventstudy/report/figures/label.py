"""A line of text that need not be measured to be written."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

_SPECIMEN = "Sector, number of shares 0123456789 Beneficiaries, all +12.4%"


class Label(Text):
    """Text that, with ``measured`` off, goes to the renderer as it is.

    Where the reader's own font will draw, as in an SVG whose text stays text, the size in matplotlib's font says
    nothing, costs most of the drawing's time, and warns of letters that font lacks. Off, a path effect is not drawn.
    On, a font that runs wider than the one the drawing was planned for is set smaller, so that words keep their room.
    """

    measured = True

    def draw(self, renderer: RendererBase) -> None:
        """Draw by the renderer's own means, measuring first only where that is on."""
        if self.measured:
            size = float(self.get_fontsize())
            self.set_fontsize(size * _planned_scale(self.get_fontname()))
            super().draw(renderer)
            self.set_fontsize(size)
            return
        if not self.get_visible():
            return
        gc: Any = renderer.new_gc()
        gc.set_foreground(self.get_color())
        gc.set_alpha(self.get_alpha())
        x, y = self.get_transform().transform(self.get_unitless_position())
        if renderer.flipy():
            y = renderer.get_canvas_width_height()[1] - y
        renderer.open_group("text", self.get_gid())
        renderer.draw_text(
            gc, x, y, self.get_text(), self.get_fontproperties(), self.get_rotation(), ismath=False, mtext=self
        )
        gc.restore()
        renderer.close_group("text")


@cache
def _planned_scale(font: str) -> float:
    """What brings a font to the widths that `text_width` plans with, at most 1."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    from eventstudy.report.figures.sheet import text_width

    drawn = TextPath((0, 0), _SPECIMEN, size=100, prop=FontProperties(family=font)).get_extents().width
    return min(1.0, float(text_width(_SPECIMEN, 100) / drawn))
