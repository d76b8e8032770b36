# Every target makes its own .venv; `make demo` and `make test` are all a bare machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Numba looks at one file to see whether its machine code is current, and not at those it calls: a cache per state of
# the sources never serves code compiled from an older one.
SOURCES := $(shell cat $(sort $(shell find scoring -name '*.py')) | cksum | cut -d' ' -f1)
export NUMBA_CACHE_DIR ?= $(CURDIR)/.cache/numba/$(SOURCES)

.PHONY: demo test check simulate bench bench-sem help
help:
	@echo "make demo      install, simulate a panel, score it, write its reports"
	@echo "make test      everything: lint, types, unit, browser, packaging, short simulations (under 15 minutes)"
	@echo "make check     lint, types and unit tests (under 2 minutes)"
	@echo "make simulate  the long simulations behind the intervals and probabilities"
	@echo "make bench     speed and memory beside a peer measured in the same run"
	@echo "make bench-sem the estimator beside lavaan, psych and semopy (about 15 minutes, alone on the machine)"

demo: $(VENV)/.installed
	$(BIN)/concord demo --out demo_out

test: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --durations=20

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto -m "not browser and not simulation and not packaging"

simulate: $(VENV)/.test
	$(BIN)/python -m tests.simulations

bench: $(VENV)/.test
	$(BIN)/python -m bench

bench-sem: $(VENV)/.test
	$(BIN)/python -m bench.sem
	$(BIN)/python -m bench.parallel_analysis

$(VENV)/bin/python:
	@$(PYTHON) -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))" \
	  || { echo "Concord needs Python 3.11 to 3.14; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12 demo"; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	@touch $@
