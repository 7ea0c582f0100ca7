"""A line of text that need not be measured to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.text import Text

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase


class Label(Text):
    """Text that, with ``measured`` off, goes to the renderer as it is.

    Where the reader's own font will draw, as in an SVG whose text stays text, the size in matplotlib's font says
    nothing, costs most of the drawing's time, and warns of letters that font lacks. Off, a path effect is not drawn.
    """

    measured = True

    def draw(self, renderer: RendererBase) -> None:
        """Draw by the renderer's own means, measuring first only where that is on."""
        if self.measured:
            super().draw(renderer)
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
