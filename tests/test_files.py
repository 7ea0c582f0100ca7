"""Files are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import eventstudy.files
from eventstudy.files import write_all_atomically, write_atomically


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")
    path.chmod(0o640)
    assert write_atomically(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(eventstudy.files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.html"]


def test_several_files_change_together_or_not_at_all(tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.pdf"
    first.write_bytes(b"old")
    second.mkdir()
    with pytest.raises(OSError, match=r"b\.pdf"):
        write_all_atomically({first: b"new", second: b"new"})
    assert first.read_bytes() == b"old"
    assert sorted(os.listdir(tmp_path)) == ["a.html", "b.pdf"]


def test_a_link_keeps_leading_to_its_file(tmp_path: Path) -> None:
    target, link = tmp_path / "store" / "a.csv", tmp_path / "a.csv"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_name_at_the_limit_of_the_file_system_still_works(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 255)
    assert write_atomically(path, b"x").read_bytes() == b"x"
