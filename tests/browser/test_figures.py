"""Figures in a browser: each at its true size, its values told to a pointer, a finger and the arrow keys."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from matplotlib import image

pytestmark = pytest.mark.browser

_PLACE = """async ([figure, words]) => {
    const plot = document.querySelector(`#${figure} .plot`);
    plot.scrollIntoView({ block: "center" });
    for (const frame of [1, 2]) await new Promise(requestAnimationFrame);
    const svg = [...plot.querySelectorAll("svg")].find((each) => each.getClientRects().length);
    const lines = plot.dataset.values.split("\\n");
    const spot = svg.dataset.spots.split(" ").map((each) => each.split(",").map(Number))
        .find((each) => lines[each[4]].startsWith(words));
    const box = svg.getBoundingClientRect();
    return [box.left + spot[0] + spot[2] / 2, box.top + spot[1] + spot[3] / 2, lines[spot[4]]];
}"""


@pytest.mark.parametrize(
    ("width", "size", "pixels"), [(390, "narrow", 358), (800, "medium", 690), (1200, "wide", 1120)]
)
def test_each_width_shows_one_drawing_at_its_true_size(
    one: Path, open_page: Any, width: int, size: str, pixels: int
) -> None:
    page = open_page(one, viewport={"width": width, "height": 800}).page
    shown = page.evaluate(
        """[...document.querySelectorAll("#figure-2 .drawing")].filter((each) => each.getClientRects().length)
        .map((each) => [each.className, each.querySelector("svg").getBoundingClientRect().width])"""
    )
    assert shown == [[f"drawing {size}", pixels]]


@pytest.mark.parametrize(
    ("figure", "words", "told"),
    [
        ("figure-1", "Autos", r"Autos.*: −1\.2% \(−\d.* to .*\); \d+ of \d+ rose"),
        ("figure-2", "Exposed, day +3", r"Exposed, day \+3: [+−]?\d+\.\d% \(.* to .*\); ordinary days .* to .*"),
        ("figure-3", "Exposed", r"Exposed: [\d\w]+ days? at .* to .* s\.e\.(, as far as the event day)?"),
        ("figure-4", "Autos", r"Autos.*, .* \d{4}: [+−]?\d+\.\d%, (not )?told from noise"),
    ],
)
def test_a_pointer_over_a_figure_is_told_its_values(
    one: Path, open_page: Any, figure: str, words: str, told: str
) -> None:
    page = open_page(one).page
    x, y, line = page.evaluate(_PLACE, [figure, words])
    assert re.fullmatch(told, line), line
    page.mouse.move(x, y)
    tip = page.locator(".tip")
    assert tip.is_visible()
    assert tip.text_content() == line
    # it can be reached with the pointer, and sent away
    box = tip.bounding_box()
    assert box["y"] >= 0
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1200
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    assert tip.is_visible()
    page.keyboard.press("Escape")
    assert not tip.is_visible()


def test_a_finger_is_told_values_on_a_phone(one: Path, open_page: Any) -> None:
    page = open_page(one, "phone", has_touch=True).page
    x, y, line = page.evaluate(_PLACE, ["figure-1", "Rare-earth"])
    page.touchscreen.tap(x, y)
    assert page.locator(".tip").text_content() == line
    page.touchscreen.tap(10, 5)
    assert not page.locator(".tip").is_visible()


def test_arrow_keys_step_through_a_figure_and_say_its_values(one: Path, open_page: Any) -> None:
    page = open_page(one).page
    reader = page.locator("#figure-2 [role=slider]")
    reader.focus()
    first = reader.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    second = reader.get_attribute("aria-valuetext")
    assert first != second
    assert page.locator(".tip").text_content() == second
    page.keyboard.press("End")
    assert reader.get_attribute("aria-valuenow") == reader.get_attribute("aria-valuemax")
    page.keyboard.press("ArrowRight")
    assert reader.get_attribute("aria-valuenow") == reader.get_attribute("aria-valuemax")
    page.keyboard.press("Home")
    assert reader.get_attribute("aria-valuetext") == first
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('#figure-2 *')")


def test_every_figure_of_an_episode_tells_values_at_both_widths(episode_page: Path, open_page: Any) -> None:
    for size in ("desktop", "phone"):
        page = open_page(episode_page, size).page
        silent = page.evaluate(
            """[...document.querySelectorAll("figure")].filter((figure) => {
            const shown = [...figure.querySelectorAll("svg")].filter((each) => each.getClientRects().length);
            return !shown.some((each) => each.dataset.spots); }).map((figure) => figure.id)"""
        )
        assert silent == []


def test_a_sparkline_used_twice_is_drawn_alike(episode_page: Path, open_page: Any) -> None:
    page = open_page(episode_page).page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    used = page.locator("svg.spark:has(use)").first
    own = page.locator(f"svg.spark:has({used.locator('use').get_attribute('href')})")
    first, second = (image.imread(io.BytesIO(each.screenshot(scale="css")))[:26, :112, :3] for each in (used, own))
    # rows may begin between two pixels; a line that lost its colour or was filled differs by far more
    assert abs(first - second).mean() < 0.02
    assert abs(first - first[0, 0]).max() > 0.3
