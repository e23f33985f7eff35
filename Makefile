# Everything runs in .venv, which `make setup` makes; every other target makes it first if need be.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup demo local test lint format clean

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: .venv/ready ## .venv with everything to run, test and build; a second call does nothing

.venv/ready: pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh
	@touch $@

demo: .venv/ready ## the whole pipeline on this machine, on the samples; KEEP=1 leaves it running
	@.venv/bin/syncline demo $(if $(KEEP),--keep)

local: .venv/ready ## the same stack, left running for the aws command line, curl and a browser
	@.venv/bin/syncline local

test: .venv/ready ## lint, types and all tests but the slow ones
	@$(MAKE) --no-print-directory lint
	@$(PYTHON) -m pytest -n auto --dist loadgroup -m "not slow"

lint: .venv/ready ## ruff and mypy
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

format: .venv/ready ## put the code into the project's form
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

clean: ## remove .venv and everything that was built
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
