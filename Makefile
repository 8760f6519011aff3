PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CONTRACT := build/contract
MINISTACK := build/ministack
CHECKOV := build/checkov
DOCS := build/docs
COSMIC_RAY := build/cosmic-ray
TOOLS := $(CONTRACT) $(MINISTACK) $(CHECKOV) $(DOCS) $(COSMIC_RAY)
# Versions of botocore that Lambda's runtimes had; the newest is the project's own.
OLDER_BOTOCORES := $(addprefix build/botocore/,1.34 1.36 1.40)
# The files with tests that take minutes: to collect all tests for these takes longer than to find them.
EXHAUSTIVE = $(shell grep -rlw exhaustive --include='test_*.py' tests chalicelib/extensions)
LOCKS := requirements.txt requirements-dev.lock $(patsubst %.txt,%.lock,$(wildcard requirements/*.txt))

# What one process has compiled, the next one reads.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*##.*/\1/p' Makefile)

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# Each virtual environment is made anew when its lock file changes, and every hash is checked. pip
# installs uv, which installs the rest in a fraction of the time; or pip does, where only pip is
# told which package index to use.
define install
$(BIN)/uv pip install --require-hashes --compile-bytecode --python $(1) -r $< \
	|| $(BIN)/pip --disable-pip-version-check --python $(1) install --require-hashes -r $<
endef

$(VENV)/ready: requirements-dev.lock
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or later is needed: make PYTHON=python3.12 ...")'
	@echo 'Installing the locked packages in $(VENV). This takes about a minute, once:'
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/^[^ ]*==/{/^uv==/p;/^ /p;}' $< > $(VENV)/uv.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.lock
	$(call install,$(BIN)/python)
	@touch $@

# These tools need other versions of what the project uses, so each has its own environment.
$(TOOLS:=/ready): build/%/ready: requirements/%.lock | $(VENV)/ready
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(@D)
	$(call install,$(@D)/bin/python)
	@touch $@

run: $(VENV)/ready ## Start the whole system on this machine: http://127.0.0.1:8000
	@$(BIN)/python -m infra local

test: $(VENV)/ready ## Run every test but those in a browser
	$(BIN)/python -m pytest -q -n auto --dist worksteal --ignore tests/browser

browser: $(VENV)/ready chromium firefox ## Use the pages in Chromium, and the main ways through them in Firefox
	$(BIN)/python -m pytest -q -n auto --dist worksteal tests/browser

second-shop: $(VENV)/ready chromium japanese ## Put a toy shop in the place of the demo shop, in a copy, test that, and take pictures of it in build/second-shop
	@$(BIN)/python -m tests.second_shop

simulate: $(VENV)/ready ## Kill and halt functions at each call, then play SEEDS=200 random histories, or only that of SEED=n
	$(if $(SEED),,$(BIN)/python -m pytest -q -n auto --dist worksteal -m exhaustive $(EXHAUSTIVE))
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),200))

histories: $(VENV)/ready ## Play SEEDS=10000 random histories at low priority; what build/histories.jsonl has is not played again
	@mkdir -p build
	@nice $(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),10000) --log build/histories.jsonl

additions: $(VENV)/ready ## Take each extension out of a copy and put it back, and count the other lines that differ
	@$(BIN)/python -m tests.additions

mutants: $(VENV)/ready ## Show which deliberate bugs the simulation and the tests notice
	@$(BIN)/python -m tests.simulation.mutants

mutate-templates: $(VENV)/ready ## Change each setting of templates and policies in turn, or those that match ONLY=..., and show what no test notices
	@$(BIN)/python -m tests.mutation.templates '$(ONLY)' $(if $(SAMPLE),--sample $(SAMPLE))

mutate-code: $(VENV)/ready $(COSMIC_RAY)/ready ## Change each operator of domain, adapters and use cases in turn, or those of MODULE=chalicelib/domain/cart.py, and show what no test notices
	@$(BIN)/python -m tests.mutation.code --python $(COSMIC_RAY)/bin/python $(MODULE)

chromium: ## Install Chromium for `make browser`, on Debian or Ubuntu
	@test -n "$(CHROMIUM)" || command -v chromium chromium-browser google-chrome > /dev/null || { apt-get update -qq && apt-get install -y -qq chromium; }

japanese: ## Install a Japanese font for the pictures of `make second-shop`, on Debian or Ubuntu
	@fc-list :lang=ja | grep -q . || { apt-get update -qq && apt-get install -y -qq fonts-ipafont-gothic; } \
		|| echo "There is no Japanese font, so the pictures have boxes in the place of characters."

firefox: ## Install Firefox for `make browser`, on Debian or Ubuntu
	@test -n "$(FIREFOX)" || command -v firefox-esr firefox > /dev/null || { apt-get update -qq && apt-get install -y -qq firefox-esr; }

webkit: $(VENV)/ready ## Install WebKit, on Debian or Ubuntu, and use the main ways through the pages in it
	@command -v WebKitWebDriver > /dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends webkit2gtk-driver xvfb; }
	$(BIN)/python -m pytest -q tests/browser/test_other_browsers.py -k webkit

bench: $(VENV)/ready ## Measure costs and speed, and write bench/RESULTS.md
	@$(BIN)/python -m bench

load: $(VENV)/ready ## Play 1,000 to 1,000,000 carts an hour against AWS's quotas, and write the figures in docs/scale.md
	@$(BIN)/python -m bench.load

contract: $(VENV)/ready $(CONTRACT)/ready ## Hold the API to its description with over 2,000 requests
	@$(BIN)/python -m tests.contract $(CONTRACT)/bin/schemathesis

$(OLDER_BOTOCORES:=/ready): build/botocore/%/ready: requirements/botocore-%.lock | $(VENV)/ready
	$(BIN)/uv pip install --require-hashes --target $(@D) -r $<
	@touch $@

velocity: ## Install Apache Velocity, on Debian or Ubuntu
	@test -e /usr/share/java/velocity.jar -a -n "$$(command -v javac)" || { apt-get update -qq && apt-get install -y -qq default-jdk-headless velocity; }

referees: $(VENV)/ready $(OLDER_BOTOCORES:=/ready) velocity ## Compare with AWS's own parts: event-ruler, Velocity, Lambda's runtime client, older versions of the SDK
	@$(BIN)/python -m tests.referees.runtimes
	$(BIN)/python -m pytest -q tests/referees tests/ingestion

lint: $(VENV)/ready ## Check style, types and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/cfn-lint infra/templates/*.yaml
	$(BIN)/python -m infra.cloudformation.stacks | $(BIN)/cfn-lint

# The pages need no build step: Node is only for these checks.
node_modules/ready: package-lock.json
	npm ci --no-audit --no-fund --ignore-scripts --silent
	@touch $@

lint-js: ## Check the JavaScript and CSS of the pages, where Node is installed
	@if command -v npm > /dev/null; then \
		$(MAKE) --no-print-directory node_modules/ready && npm run --silent lint; \
	else \
		echo "Skipped: the JavaScript and CSS of the pages are not checked, because npm is not installed."; \
	fi

audit: $(CHECKOV)/ready ## Check the templates against checkov's rules
	$(CHECKOV)/bin/checkov --config-file .checkov.yaml

docs: $(DOCS)/ready ## Build the documentation site in build/site
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict
	@echo "Open build/site/index.html"

verify-deploy: $(VENV)/ready $(MINISTACK)/ready ## Deploy to an emulator of AWS, and use what is there
	MINISTACK=$(CURDIR)/$(MINISTACK)/bin/python $(BIN)/python -m pytest -q tests/deploy/ministack

verify-localemu: $(VENV)/ready ## The same with another emulator, which needs Python 3.13 and a network namespace
	@$(BIN)/python -m tests.deploy.localemu

emulator: $(VENV)/ready $(MINISTACK)/ready ## Deploy to an emulator of AWS, and keep it running
	@MINISTACK=$(CURDIR)/$(MINISTACK)/bin/python $(BIN)/python -m tests.deploy.ministack

commits: $(VENV)/ready ## Check the messages of the commits since BASE=origin/main
	$(BIN)/cz check --rev-range $(or $(BASE),origin/main)..HEAD

format: $(VENV)/ready ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Versions that are locked stay, unless a requirement changed or UPGRADE=1 asks for the newest.
lock: $(VENV)/ready $(LOCKS:=.renew) ## Renew the lock files; UPGRADE=1 takes the newest versions

# LocalEmu runs on later versions only, and not on every system.
requirements/localemu.lock.renew: RESOLVE := --python-version 3.13

%.renew: RESOLVE ?= --universal --python-version 3.11
%.renew:
	@$(BIN)/uv pip compile --quiet $(RESOLVE) --generate-hashes --custom-compile-command 'make lock' \
		$(if $(UPGRADE),--upgrade) $(if $(filter requirements.txt,$*),requirements.in,$(*:.lock=.txt)) -o $*

clean: ## Remove what was installed and built
	rm -rf $(VENV) build node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
