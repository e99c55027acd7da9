# The whole command line of the project; `make help` lists it.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PYTHONDONTWRITEBYTECODE ?= 1

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (set PYTHON=...)."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian install the package python3-venv."; exit 1; }

$(VENV)/.demo: requirements/demo.txt | $(VENV)/bin/python
	@echo "Installing what the demo needs …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what checks and tests need …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.demo

$(VENV)/.fuzz: requirements/fuzz.txt | $(VENV)/.dev
	@echo "Installing the fuzzer …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

.PHONY: help demo test check bench fuzz lock words format screenshots clean

help: ## This list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: $(VENV)/.demo ## Everything on one machine, with the demo story: http://127.0.0.1:8000 (PORT=...); Ctrl-C stops it
	@$(BIN)/python -m trustreg.demo.run --port $(PORT)

test: $(VENV)/.dev ## The whole test suite against real PostgreSQLs, one for each core (ARGS="-k words" for a part)
	@$(BIN)/python -m pytest -n auto --maxprocesses 8 $(ARGS)

check: $(VENV)/.dev ## Formatting, lint, types, import directions, migrations, deployment checks, documents in step
	@$(BIN)/python -m trustreg.check

bench: $(VENV)/.dev ## Speed beside that of its peers, in one run
	@$(BIN)/python -m bench

fuzz: $(VENV)/.fuzz ## Every parser under Hypothesis and atheris, 60 s each (ARGS="--seconds 600 pdf cms")
	@$(BIN)/python -m tests.fuzz $(ARGS)

lock: $(VENV)/.dev ## Resolve requirements/*.in anew into the hashed files beside them
	@for part in base demo dev fuzz; do $(BIN)/uv pip compile --quiet --upgrade --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements/$$part.in -o requirements/$$part.txt; done

words: $(VENV)/.dev ## Bring the catalogue of texts (locale/) up to date; then add the Japanese of what is new
	@$(BIN)/python -m trustreg.catalogue write

format: $(VENV)/.dev ## Put the code into its one format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only --quiet .

screenshots: $(VENV)/.dev ## Pictures of every page, both languages, narrow and wide, light and dark: var/screenshots
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

clean: ## Remove the virtual environment and everything that the demo and the tests made
	@$(BIN)/python -c 'from pathlib import Path; from trustreg.base.embedded import stop_server; [stop_server(v.parent) for v in Path("var").glob("**/postgres")]' 2>/dev/null || true
	@rm -rf $(VENV) var
