# Everything needs only Python >= 3.11 with its venv module, and a package index the first time.
PYTHON ?= python3
SOURCE ?= sample
EVENT ?=
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: report test test-all notebook bench lint env clean

env: $(STAMP)
	@$(PY) -m compileall -q eventstudy

# The environment is made anew only when pyproject.toml changes; its bytecode is compiled even where
# PYTHONDONTWRITEBYTECODE is set, because imports are three times slower without it.
$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "eventstudy needs Python 3.11 or newer")'
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check --no-compile -e '.[dev]'
	$(PY) -m compileall -q -j 0 -x 'lib2to3|/tests/' $(VENV)/lib || true
	touch $(STAMP)

report: env
	$(PY) -m eventstudy report $(EVENT) --source '$(SOURCE)' --out reports

test: env
	$(PY) -m pytest -q -n 2

test-all: env
	$(PY) -m pytest -q -n 2 -m ''

notebook: env
	$(PY) -m pip install --quiet --disable-pip-version-check -e '.[notebook]'
	$(PY) -m jupyterlab notebooks/rare_earth_curbs.ipynb

bench: env
	$(PY) -m benchmarks

lint: env
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

clean:
	rm -rf $(VENV) reports tables .pytest_cache .mypy_cache .ruff_cache
