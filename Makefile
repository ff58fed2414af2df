# The front door. Two commands do all the set-up: `make run` and `make test`.
VENV := .venv
PY := $(VENV)/bin/python
ITAKU := $(VENV)/bin/itaku
STAMP := $(VENV)/.installed
TEST_PROCESSES ?= 4

# Compiled modules are kept even where the machine's habit is not to: each of two dozen nodes would compile them anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup system run test lint bench soak clauses lock clean
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

system: ## system packages (fonts, browser, PDF tools), through apt
	@sh deploy/system-packages.sh

$(STAMP): requirements/dev.txt requirements/ocds-schema.txt pyproject.toml
	@echo "itaku: Python packages into $(VENV)"
	@test -x $(PY) || python3 -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@$(PY) -m pip download --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-binary :all: --require-hashes -d $(VENV)/share/ocds-schema -r requirements/ocds-schema.txt
	@$(PY) -m compileall -q src
	@touch $(STAMP)

setup: system $(STAMP) ## everything that run and test need

run: setup ## start everything with demonstration data and print what to open
	@exec $(ITAKU) up --sandbox

test: setup ## the whole test suite
	@$(PY) -m pytest -n $(TEST_PROCESSES) --no-loadscope-reorder

lint: setup ## ruff, mypy --strict, import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: setup ## figures, side by side with the named alternatives, in one run
	@$(ITAKU) bench

soak: setup ## ten million simulated issuances in slices; goes on where it was stopped (ITAKU_SEED=... for one seed)
	@$(ITAKU) soak $(if $(ITAKU_SEED),--seed $(ITAKU_SEED))

clauses: $(STAMP) ## renew the map of which tests show which clause, from the tests' own marks
	@ITAKU_SHOWN_BY=src/itaku/contracts/library/shown_by.json $(PY) -m pytest --collect-only -qq -n0 tests/contracts > /dev/null
	@$(ITAKU) clauses | tail -3

lock: ## renew the hash-pinned lock from pyproject.toml
	@uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 --extra dev -o requirements/dev.txt pyproject.toml

clean: ## remove caches and the sandbox's data
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var artefacts
