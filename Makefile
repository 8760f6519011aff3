PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONTRACT := build/contract
MINISTACK := build/ministack
CHECKOV := build/checkov

.DEFAULT_GOAL := help
.PHONY: help run test simulate mutants bench contract lint audit verify-deploy emulator format clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

# The virtual environment is made anew when a requirements file changes.
$(VENV)/ready: requirements.txt requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# These two want other versions of what the project uses, so each has its own.
$(MINISTACK)/ready: tests/deploy/ministack/requirements.txt
$(CHECKOV)/ready: requirements-checkov.txt
$(MINISTACK)/ready $(CHECKOV)/ready:
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

run: $(VENV)/ready ## Start the whole system on this machine: http://127.0.0.1:8000
	@$(BIN)/python -m infra local

test: $(VENV)/ready ## Run every test
	$(BIN)/python -m pytest -q -n auto --dist worksteal

simulate: $(VENV)/ready ## Kill and halt functions at each call, then play SEEDS=200 random histories, or only that of SEED=n
	$(if $(SEED),,$(BIN)/python -m pytest -q -n auto --dist worksteal -m exhaustive)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),200))

mutants: $(VENV)/ready ## Show which deliberate bugs the simulation and the tests notice
	@$(BIN)/python -m tests.simulation.mutants

browser: ## Install Chromium for the browser tests, on Debian or Ubuntu
	@command -v chromium > /dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

$(CONTRACT)/ready: requirements-contract.txt
	$(PYTHON) -m venv $(CONTRACT)
	$(CONTRACT)/bin/pip install --quiet --disable-pip-version-check -r requirements-contract.txt
	@touch $@

bench: $(VENV)/ready ## Measure costs and speed, and write bench/RESULTS.md
	@$(BIN)/python -m bench

contract: $(VENV)/ready $(CONTRACT)/ready ## Hold the API to its description with over 2,000 requests
	@$(BIN)/python -m tests.contract $(CONTRACT)/bin/schemathesis

lint: $(VENV)/ready ## Check style, types and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cfn-lint infra/templates/*.yaml

audit: $(CHECKOV)/ready ## Check the templates against checkov's rules
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml

verify-deploy: $(VENV)/ready $(MINISTACK)/ready ## Deploy to an emulator of AWS, and use what is there
	MINISTACK=$(CURDIR)/$(MINISTACK)/bin/python $(BIN)/python -m pytest -q tests/deploy/ministack

emulator: $(VENV)/ready $(MINISTACK)/ready ## Deploy to an emulator of AWS, and keep it running
	@MINISTACK=$(CURDIR)/$(MINISTACK)/bin/python $(BIN)/python -m tests.deploy.ministack

format: $(VENV)/ready ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove what was installed and built
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .hypothesis
