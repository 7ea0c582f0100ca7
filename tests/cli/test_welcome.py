"""``eventstudy`` alone: what lies here, what can be done next, and never an error."""

from __future__ import annotations

import pytest

EVENT = "2026-01-06-japan-dual-use-ban"


def test_an_empty_folder(command):
    done = command()
    assert (done.code, done.err) == (0, "")
    assert "events.csv    none here; the packaged copy has 69 events, to 2026-06-29\n" in done.out
    assert "prices/       no prices yet\n" in done.out
    assert "reports/      no report yet\n" in done.out
    assert "eventstudy report --source sample" in done.out
    assert "eventstudy prices fetch" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_folder_in_use(command, own_catalogue):
    (own_catalogue / "prices").mkdir()
    for name in ("7203.T.parquet", "_store.json", ".lock"):
        (own_catalogue / "prices" / name).touch()
    (own_catalogue / "reports").mkdir()
    (own_catalogue / "reports" / "ban\x1b[31m.html").touch()
    done = command()
    assert "events.csv    69 events, to 2026-06-29\n" in done.out
    assert "universe.csv  92 shares in 11 sectors\n" in done.out
    assert "prices/       1 ticker, written " in done.out
    assert "reports/      1 document, the latest ban[31m.html, " in done.out
    assert "eventstudy report EVENT_ID" in done.out
    assert "prices fetch" not in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize("content", [b"", b"\0", b"a,b\n1,2\n"])
def test_a_spoilt_file_is_told_with_the_way_to_its_faults(command, tmp_path, content):
    (tmp_path / "events.csv").write_bytes(content)
    done = command()
    assert done.code == 0
    assert "events.csv    1 problem\n" in done.out
    assert "eventstudy events check" in done.out
