"""What the site makes while it is built: the command line's reference, the gallery, the change log."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from mkdocs.structure.files import File, Files

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"eventstudy_site_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _changelog() -> str:
    """The change log, whose links begin at the repository."""
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    return text.replace("](docs/", "](").replace("](SECURITY.md", "](security.md")


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are made, so that links to them are checked like any other."""
    made = {
        "reference/command-line.md": _beside("command_line").page,
        "gallery.md": _beside("gallery").page,
        "changelog.md": _changelog,
        "security.md": (REPOSITORY / "SECURITY.md").read_text,
    }
    for place, make in made.items():
        files.append(File.generated(config, place, content=make()))
    return files
