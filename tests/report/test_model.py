"""The content model refuses what no renderer could set."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from eventstudy.report.model import Column, HeatColumn, HeatMap, HeatRow, Row, RowGroup, Table, TextCell


def test_a_row_has_a_cell_for_each_column() -> None:
    columns = (Column("a", "A"), Column("b", "B"))
    rows = (RowGroup((Row((TextCell("one"),)),)),)
    with pytest.raises(ValueError, match="t: a row has 1 cells for 2 columns"):
        Table("t", "Table 1", "", "", columns, rows)
    with pytest.raises(ValueError, match="t: a row has 1 cells for 2 columns"):
        Table("t", "Table 1", "", "", columns, (), full=rows)


def test_a_heat_map_is_rectangular() -> None:
    with pytest.raises(ValueError, match="1 rows of 1"):
        HeatMap((HeatRow("exposed", "Autos"),), (HeatColumn("2025", "Ban", "4 Apr"),), ((None, None),))


def test_ids_and_anchors_are_unique(sample: ModuleType) -> None:
    report = sample.one_event()
    with pytest.raises(ValueError, match="sectors, table-2: used more than once"):
        replace(report, closing=(*report.closing, report.sections[1]))


def test_blocks_come_in_reading_order(sample: ModuleType) -> None:
    names = [block.id for block in sample.several_events(2).blocks() if hasattr(block, "id")]
    assert names[:3] == ["figure-4", "episode-0-figure-1", "episode-0-table-1"]
    assert names[-1] == "table-5"
