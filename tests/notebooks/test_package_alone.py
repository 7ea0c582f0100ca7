"""The notebooks run away from the project, with the package alone, and show themselves without widgets or scripts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SHOWN = {"text/plain", "text/html", "image/png"}  # what every program that opens notebooks can draw


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_say_first_what_to_install(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    first = next(place for place, cell in enumerate(cells) if "import eventstudy" in cell.source)
    told = "".join(cell.source for cell in cells[: first + 1])
    assert "%pip install" in told
    assert cells[first].source.index("ModuleNotFoundError") < cells[first].source.index("import eventstudy")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the notebook client's own libraries
@pytest.mark.usefixtures("kernel_folder")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_run_with_the_package_alone(
    path: Path, unpacked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(unpacked))
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    notebook = nbformat.read(shutil.copy(path, folder), as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(es.__file__)"))
    client = pytest.importorskip("nbclient").NotebookClient(
        notebook, timeout=300, kernel_name="eventstudy", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert outputs[-1]["text"].startswith(str(unpacked))
    shown = [output["data"] for output in outputs if "data" in output]
    assert {kind for data in shown for kind in data} == SHOWN
    assert not [data for data in shown if "<script" in data.get("text/html", "").lower()]
