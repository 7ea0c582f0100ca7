"""The picture of the package, held by reading its imports: data flows one way."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "eventstudy"

# a module imports only from its own line and the lines above
LAYERS = (
    (
        "errors",
        "_arrays",
        "dataframes",
        "files",
        "markup",
        "notebook",
        "numbers",
        "processes",
        "sentences",
        "spelling",
        "threads",
        "workers",
    ),
    ("catalogue",),
    ("calendars",),
    ("prices",),
    ("returns", "parquet_groups"),
    ("parquet_block",),
    ("parquet_returns",),
    ("claims",),
    ("panel",),
    ("models",),
    ("abnormal",),
    ("grouping",),
    ("inference",),
    ("kernel",),
    ("specification",),
    ("results",),
    ("study",),
    ("counterfactual",),
    ("tables", "report", "laboratory", "curve"),
    ("simulate",),
    ("__init__",),  # the public names; lazily, so that no layer above is pulled in by them
    ("cli",),
    ("__main__",),
)
ORDER = {name: place for place, line in enumerate(LAYERS) for name in line}
# the only importer of each of these
SOLE_IMPORTERS = {
    "exchange_calendars": "calendars/sessions.py",
    "yfinance": "prices/yahoo.py",
    "numba": "kernel/loops.py",
}
ARRAYS_ONLY = ("models", "abnormal", "inference", "kernel", "grouping")
LIGHT_AT_IMPORT = ("pandas", "numpy", "scipy", "matplotlib", "statsmodels", "yfinance", "exchange_calendars", "typst")

MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def _is_for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _imports(node: ast.AST, module: str) -> Iterator[tuple[str, int]]:
    """Full dotted names that a file imports, wherever in it, except for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if _is_for_types_only(child):
            continue
        if isinstance(child, ast.Import):
            for name in child.names:
                yield name.name, child.lineno
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"{module}:{child.lineno}: write the full name of the module"
            for name in child.names:
                yield f"{child.module}.{name.name}", child.lineno
        else:
            yield from _imports(child, module)


def _imports_of(module: str) -> list[tuple[str, int]]:
    return list(_imports(ast.parse((PACKAGE / module).read_text(encoding="utf-8")), module))


def _layer(module: str) -> str:
    return module.removesuffix(".py").split("/")[0]


def _target(name: str) -> str:
    """The layer that an imported name of ours lies in; a public name lies in ``__init__``."""
    part = name.split(".")[1] if "." in name else "__init__"
    return part if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file() else "__init__"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_up_the_picture_only(module):
    assert _layer(module) in ORDER, f"{module}: give {_layer(module)!r} its line in LAYERS"
    if module == "__init__.py":
        pytest.skip("the public names may name every layer")
    own = ORDER[_layer(module)]
    wrong = [
        f"{module}:{line}: imports {name}"
        for name, line in _imports_of(module)
        if name.split(".")[0] == "eventstudy" and ORDER[_target(name)] > own
    ]
    assert not wrong


@pytest.mark.parametrize("module", MODULES)
def test_heavy_libraries_have_one_importer(module):
    wrong = [
        f"{module}:{line}: imports {name}"
        for name, line in _imports_of(module)
        for library, owner in SOLE_IMPORTERS.items()
        if name.split(".")[0] == library and module != owner
    ]
    assert not wrong


@pytest.mark.parametrize("module", [module for module in MODULES if _layer(module) in ARRAYS_ONLY])
def test_arrays_only_where_statistics_are_made(module):
    forbidden = ("pandas", "pyarrow", "eventstudy.catalogue", "eventstudy.calendars", "eventstudy.prices")
    wrong = [f"{module}:{line}: {name}" for name, line in _imports_of(module) if name.startswith(forbidden)]
    assert not wrong


def _python(code: str, folder: Path) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_loads_nothing_heavy_and_reads_no_file(tmp_path):
    code = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, given: opened.append(str(given[0])) if name == 'open' else None)\n"
        "sys.addaudithook(lambda name, given: opened.append(name) if name.startswith('socket.') else None)\n"
        "import eventstudy\n"
        f"heavy = [name for name in {LIGHT_AT_IMPORT!r} if name in sys.modules]\n"
        "files = [path for path in opened if not path.endswith(('.py', '.pyc')) and '.pyc.' not in path]\n"
        "print(heavy, files)\n"
    )
    assert _python(code, tmp_path) == "[] []"


def test_the_command_line_loads_nothing_heavy_before_a_command_runs(tmp_path):
    code = f"import sys, eventstudy.cli; print([name for name in {LIGHT_AT_IMPORT!r} if name in sys.modules])"
    assert _python(code, tmp_path) == "[]"


def test_no_module_is_named_for_what_it_is_not():
    assert not [module for module in MODULES if Path(module).stem in ("utils", "helpers", "misc", "common")]
