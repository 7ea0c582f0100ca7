"""The notebook runs from top to bottom on the embedded market, and is stored without outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "rare_earth_curbs.ipynb"


@pytest.fixture
def notebook():
    read = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(read)
    return read


def test_stored_without_outputs_and_one_line_to_change(notebook):
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    assert sum(cell.source.startswith("SOURCE = ") for cell in code) == 1
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebook client's own libraries
@pytest.mark.usefixtures("kernel_folder")
def test_runs_from_top_to_bottom(notebook, tmp_path):
    client = pytest.importorskip("nbclient").NotebookClient(
        notebook, timeout=120, kernel_name="eventstudy", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    printed = {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }
    assert printed["company-check"] == "equal to ten digits\n"
    assert "simulated" in printed["report"]
    assert sorted(path.suffix for path in (tmp_path / "reports").iterdir()) == [".html", ".pdf"]
    warned = [
        output.text
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert not warned
