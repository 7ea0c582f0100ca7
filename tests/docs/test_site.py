"""The site builds strict from local files, every link and anchor in it leads somewhere, and it loads nothing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("mkdocs", reason="MkDocs, of the docs extra, is not installed: make docs-env")
pytestmark = pytest.mark.slow

# what a page fetches by itself; a link that a reader may click is another matter
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "use": "href",
}


class Page(HTMLParser):
    """Ids, links and loaded addresses of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.styles: list[str] = []
        self._in_style = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        for name in ("id", "name"):
            if found.get(name):
                self.ids.add(str(found[name]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))
        if found.get(LOADED.get(tag, "")):
            self.loaded.append(str(found[LOADED[tag]]))
        self.styles.append(found.get("style") or "")
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles.append(data)


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=repository, capture_output=True, text=True, timeout=300, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "WARNING" not in told, told
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_page_is_there(site: Path, repository: Path) -> None:
    written = {path.relative_to(repository / "docs") for path in (repository / "docs").rglob("*.md")}
    written = {path for path in written if path.parts[0] != "site"}
    built = {path.relative_to(site).with_suffix(".md") for path in site.rglob("*.html")} - {Path("404.md")}
    made = {"gallery.md", "changelog.md", "contributing.md", "security.md", "reference/command-line.md"}
    assert built == written | {Path(page) for page in made}


def test_every_link_and_anchor_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                assert parts.scheme in ("http", "https", "mailto"), link
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target = target / "index.html"
            anchor = unquote(parts.fragment)
            there = target.is_file() and (not anchor or target not in pages or anchor in pages[target].ids)
            if not there:
                broken.append(f"{path.name}: {link}")
    assert not broken


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    elsewhere = []
    for path, page in pages.items():
        elsewhere += [f"{path.name}: {each}" for each in page.loaded if urlsplit(each).netloc]
        elsewhere += [
            f"{path.name}: {each}" for each in page.styles if re.search(r"@import|url\(\s*['\"]?(https?:)?//", each)
        ]
        for each in page.loaded:
            parts = urlsplit(each)
            if path.name != "404.html" and not parts.netloc and parts.scheme != "data":
                assert (path.parent / unquote(parts.path)).resolve().is_file(), f"{path.name}: {each}"
    for sheet in site.rglob("*.css"):
        found = re.findall(r"@import[^;]+|url\(\s*['\"]?(?:https?:)?//[^)]+", sheet.read_text(encoding="utf-8"))
        elsewhere += [f"{sheet.name}: {each}" for each in found]
    assert not elsewhere


def test_every_public_name_has_its_place(pages: dict[Path, Page]) -> None:
    import eventstudy as es

    ids = set().union(*(page.ids for page in pages.values()))
    missing = [name for name in es.__all__ if not any(each.endswith(f".{name}") for each in ids)]
    assert not missing


def test_the_gallery_is_marked_simulated(site: Path) -> None:
    text = (site / "gallery.html").read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="gallery">.*?</figure>', text, re.DOTALL)
    assert len(figures) >= 9
    assert all("imulated" in figure for figure in figures)
