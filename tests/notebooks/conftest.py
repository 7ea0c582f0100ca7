"""A kernel for notebooks."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def kernel_folder(tmp_path, monkeypatch):
    """A kernel that is this very interpreter, whatever kernels the machine has."""
    spec = tmp_path / "kernels" / "eventstudy"
    spec.mkdir(parents=True)
    command = f'["{sys.executable}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]'
    text = f'{{"argv": {command}, "display_name": "eventstudy", "language": "python"}}'
    (spec / "kernel.json").write_text(text, encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
