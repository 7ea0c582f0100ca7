"""What the site makes while it is built: the command line's reference, the gallery, the pages beside ``docs``."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from mkdocs.structure.files import File, Files

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
OF_REPOSITORY = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
}


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"eventstudy_site_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _of_repository(name: str) -> str:
    """A page that lies beside ``docs``; its links begin there."""
    text = (REPOSITORY / name).read_text(encoding="utf-8").replace("](docs/", "](")
    for file, page in OF_REPOSITORY.items():
        text = text.replace(f"]({file}", f"]({page}")
    return text


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, so that links to them are checked like any other."""
    made = {
        "reference/command-line.md": _beside("command_line").page,
        "gallery.md": _beside("gallery").page,
        **{page: partial(_of_repository, name) for name, page in OF_REPOSITORY.items()},
    }
    for place, make in made.items():
        files.append(File.generated(config, place, content=make()))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """A page that stands by itself in the tabs has no list of neighbours, whose room its tables take."""
    if page.parent is None:
        page.meta.setdefault("hide", ["navigation"])
    return markdown
