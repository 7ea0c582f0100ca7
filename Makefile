# Needs Python 3.11 or newer with its venv module and, the first time, a package index. Everything else lives in .venv.
SOURCE ?= sample
EVENT ?=
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: help report test test-all notebook docs docs-env browser-env bench lint env clean

help:
	@echo 'make report    environment, then the sector impact report on the embedded market, into reports/'
	@echo '               SOURCE=yahoo or SOURCE=PATH: on real prices; EVENT=ID: one event'
	@echo 'make test      environment, then the tests'
	@echo 'make test-all  the slow and the browser tests too, and why any is skipped'
	@echo 'make notebook  the same analysis told as a story, in JupyterLab'
	@echo 'make docs      the documentation site, into site/'
	@echo 'make bench     how long things take;  make lint: ruff and mypy;  make clean: remove what make made'

# The environment is made anew only when the words of pyproject.toml change, so that nothing is installed twice and
# everything works offline after the first time. A failed install leaves no stamp. Bytecode is compiled here, even
# where PYTHONDONTWRITEBYTECODE is set: imports are three times slower without it. (Some libraries carry templates
# that are no valid Python; compileall reports those, and that is no failure.)
env:
	@cmp -s pyproject.toml $(VENV)/.installed || { \
	  set -e; \
	  rm -f $(VENV)/.installed; \
	  for python in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	    [ -n "$$python" ] && "$$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	  done; \
	  [ -n "$$python" ] || { echo 'Python 3.11 or newer was not found; install it, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }; \
	  $(PY) -m pip --version >/dev/null 2>&1 || "$$python" -m venv --clear $(VENV); \
	  echo 'installing into $(VENV), once (a minute or two)'; \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -e '.[dev]'; \
	  $(PY) -m compileall -q -q -j 0 -x '/(tests|lib2to3)/' $(VENV)/lib || true; \
	  cp pyproject.toml $(VENV)/.installed; \
	}
	@$(PY) -m compileall -q eventstudy

report: env
	@$(PY) -m eventstudy report $(EVENT) --source '$(SOURCE)' --out reports

test: env
	$(PY) -m pytest -q -n 2

# The browser tests drive the system's own Chromium; axe-core comes by npm into node_modules/, where there is npm. What
# cannot be installed is skipped, with the reason.
browser-env: env
	@cmp -s pyproject.toml $(VENV)/.browser || { \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -e '.[browser]' \
	    && cp pyproject.toml $(VENV)/.browser || echo 'playwright was not installed: no browser tests' >&2; \
	}
	@test -f node_modules/axe-core/axe.min.js || ! command -v npm >/dev/null \
	  || npm install --silent --no-save --no-package-lock --no-audit --no-fund axe-core@4 \
	  || echo 'axe-core was not installed: no test of access' >&2

test-all: env docs-env browser-env
	$(PY) -m pytest -q -n 2 -m '' -rs
	$(PY) -m pytest -q -n 2 --compiled tests/oracles tests/study tests/inference tests/results tests/properties

notebook: env
	@cmp -s pyproject.toml $(VENV)/.notebook || { \
	  set -e; \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -e '.[notebook]'; \
	  $(PY) -m compileall -q -q -j 0 -x '/(tests|lib2to3)/' $(VENV)/lib || true; \
	  cp pyproject.toml $(VENV)/.notebook; \
	}
	$(PY) -m jupyterlab notebooks/rare_earth_curbs.ipynb

docs-env: env
	@cmp -s pyproject.toml $(VENV)/.docs || { \
	  set -e; \
	  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -e '.[docs]'; \
	  cp pyproject.toml $(VENV)/.docs; \
	}

docs: docs-env
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict
	@echo 'site/index.html; with its search: $(PY) -m http.server -d site'

bench: env
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks.large_studies
	@$(PY) -m benchmarks.laboratory
	@$(PY) -m benchmarks.counterfactual

lint: env
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

clean:
	rm -rf $(VENV) node_modules site reports tables curves .pytest_cache .mypy_cache .ruff_cache .hypothesis
