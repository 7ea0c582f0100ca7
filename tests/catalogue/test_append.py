"""Adding an event: one row more, every other byte as it was, or nothing at all."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.catalogue import append_event, read_events
from eventstudy.catalogue.append import _as_cell
from eventstudy.catalogue.rows import parse_table
from eventstudy.errors import EventStudyError, InputError, UsageError

NEW = {
    "event_id": "new",
    "announced_at": "2026-02-01",
    "title": 'A "quoted", two-line\ntitle',
    "direction": "relief",
    "confidence": "reported",
}
NEW_ROW = 'new,2026-02-01,"A ""quoted"", two-line\ntitle",,relief,,,,,,,,,reported'


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["none", "one", "two"])
def test_every_other_byte_stays(write_events, newline, mark, ending):
    path = write_events({"summary": "unneeded"}, newline=newline)
    body = path.read_bytes().removesuffix(newline.encode()).replace(b"unneeded", b'"unneeded"')
    end = {"none": b"", "one": newline.encode(), "two": 2 * newline.encode()}[ending]
    path.write_bytes(mark + body + end)
    before = path.read_bytes()
    event = append_event(path, NEW)
    separator = newline.encode() if ending == "none" else b""
    assert path.read_bytes() == before + separator + NEW_ROW.encode() + newline.encode()
    assert read_events(path)[-1] == event
    assert event.title == NEW["title"]
    assert event.episode == "new"


def test_the_files_own_columns_and_mode(write_events):
    path = write_events({"desk": "metals"})
    text = path.read_text()
    header, row = text.splitlines()
    names = header.split(",")
    path.write_text(",".join(reversed(names)) + "\n")
    path.chmod(0o640)
    event = append_event(path, {**NEW, "title": "t", "desk": "rates"})
    assert path.read_text().splitlines()[1] == "rates,reported,,,,,,,,,relief,,t,2026-02-01,new"
    assert event.extra == {"desk": "rates"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert append_event(path, {**NEW, "event_id": "n2"}).extra == {"desk": ""}
    assert row.endswith("metals")


def test_a_link_stays_a_link(write_events, tmp_path):
    path = write_events({})
    (tmp_path / "link.csv").symlink_to(path)
    append_event("link.csv", NEW)
    assert (tmp_path / "link.csv").is_symlink()
    assert len(read_events(path)) == 2


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)) | st.sampled_from('\n\r,"\t')))
def test_any_text_comes_back_from_its_cell(value):
    table = parse_table(f"a,b\n1,{_as_cell(value)}\n".encode(), "f.csv", ("a", "b"))
    assert [row.cells["b"] for row in table.rows] == [value]


def unchanged(path: Path, before: bytes) -> bool:
    """Whether the file is as it was, with nothing left beside it."""
    return path.read_bytes() == before and [entry.name for entry in path.resolve().parent.iterdir()] == [path.name]


def test_a_bad_row_is_refused(write_events):
    path = write_events({})
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        append_event(path, {**NEW, "event_id": "2026-01-06-ban", "direction": "releif", "title": ""})
    assert str(caught.value).splitlines() == [
        "the new event has 3 problems:",
        "  the new event:event_id: '2026-01-06-ban' already stands on line 2; give each event its own id",
        "  the new event:title: the cell is empty; write a short heading",
        "  the new event:direction: 'releif' is not one of restriction, escalation, relief, support; write relief",
    ]
    for bad in ({"title": "nul \x00"}, {"title": "\udce9"}, {"title": "\ud800"}, {"summary": "x" * 100_001}):
        with pytest.raises(InputError):
            append_event(path, {**NEW, **bad})
    with pytest.raises(UsageError, match=r"events\.csv has no column 'titel'; did you mean title"):
        append_event(path, {**NEW, "titel": "x"})
    assert unchanged(path, before)


def test_a_bad_file_is_refused(write_events):
    path = write_events({"direction": "up"})
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"events\.csv:2:direction"):
        append_event(path, NEW)
    assert unchanged(path, before)
    with pytest.raises(InputError, match=r"none\.csv: there is no such file"):
        append_event("none.csv", NEW)
    assert not Path("none.csv").exists()


REMEDY = "the file is as it was; make room or permission to write in its folder, then add the event again"


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_a_failed_write_loses_nothing(write_events, monkeypatch, step, code):
    path = write_events({})
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(EventStudyError) as caught:
            append_event(path, NEW)
    assert str(caught.value) == f"events.csv cannot be written: {os.strerror(code)}; {REMEDY}"
    assert unchanged(path, before)


def test_a_disk_that_fills_up_loses_nothing(write_events):
    path = write_events({})
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before), hard))
    try:
        with pytest.raises(EventStudyError, match="cannot be written: File too large"):
            append_event(path, {**NEW, "summary": "x" * 50_000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert unchanged(path, before)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_read_only_places(write_events, tmp_path):
    path = write_events({})
    before = path.read_bytes()
    path.chmod(0o444)
    with pytest.raises(EventStudyError, match="cannot be written: the file is read-only"):
        append_event(path, NEW)
    path.chmod(0o644)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(EventStudyError, match="cannot be written: Permission denied"):
            append_event(path, NEW)
    finally:
        tmp_path.chmod(0o755)
    assert unchanged(path, before)


def test_a_file_marked_read_only_is_left_alone(write_events, monkeypatch):
    path = write_events({})
    before = path.read_bytes()
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(EventStudyError, match="cannot be written: the file is read-only"):
        append_event(path, NEW)
    assert unchanged(path, before)


def test_an_edit_meanwhile_is_not_overwritten(write_events, monkeypatch):
    path = write_events({})

    def edit(_: int) -> None:
        path.write_bytes(path.read_bytes() + b"\n")

    monkeypatch.setattr(os, "fsync", edit)
    before = path.read_bytes() + b"\n"
    with pytest.raises(EventStudyError, match="was changed by another program meanwhile; add the event again"):
        append_event(path, NEW)
    assert unchanged(path, before)


def _add_five(path: str, name: str) -> None:
    for number in range(5):
        append_event(path, {**NEW, "event_id": f"{name}-{number}"})


def test_additions_at_once_all_arrive(write_events, tmp_path):
    path = write_events({})
    start = multiprocessing.get_context("spawn")
    workers = [start.Process(target=_add_five, args=(str(tmp_path / path), name)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len(read_events(path)) == 11
