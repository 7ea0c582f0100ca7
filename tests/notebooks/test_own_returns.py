"""The notebook on own returns runs from top to bottom, calls its panel simulated, and finds what was planted in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "own_returns.ipynb"


@pytest.fixture
def notebook():
    read = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(read)
    return read


def test_stored_without_outputs_and_plain_python(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert not [line for cell in code for line in cell.source.splitlines() if re.match(r"\s*[%!?]", line)]
    # every figure says that its panel is simulated
    assert all("simulated panel" in cell.source for cell in code if "plt.show()" in cell.source)
    assert "simulated" in notebook.cells[0].source


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebook client's own libraries
@pytest.mark.usefixtures("kernel_folder")
def test_runs_from_top_to_bottom(notebook, tmp_path):
    client = pytest.importorskip("nbclient").NotebookClient(
        notebook, timeout=120, kernel_name="eventstudy", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    printed = {name: "".join(output.get("text", "") for output in cell.outputs) for name, cell in cells.items()}
    shown = {
        name: "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        for name, cell in cells.items()
    }
    assert printed["by-hand"] == "equal to ten digits\n"
    assert "40 of 40 pairs used" in shown["study"]
    # 3% was planted in the miners on the day, nothing in software
    readings = re.findall(r"<td[^>]*>(clear|suggestive|uneven|noise)</td>", shown["groups"])
    assert (readings[0], readings[3]) == ("clear", "noise")
    assert re.search(r"<td[^>]*>clear</td>", shown["pooled"])
    assert "Cross-section of CAR" in shown["cross"]
    assert (tmp_path / "tables" / "study.json").is_file()
    assert len(list((tmp_path / "tables").iterdir())) == 3 * 6 + 1
    assert not [output for cell in cells.values() for output in cell.outputs if output.get("name") == "stderr"]
