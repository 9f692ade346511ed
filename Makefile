# Everything a developer runs. From a clean clone each target does all of its own set-up; the second time it is instant.
# PYTHON=... chooses the interpreter; otherwise the first of python3, python3.13, python3.12, python3.11 that will do.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
LOCK := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header
# More than two cores: tests that start processes mostly wait. Each worker reads the tests' bytecode, which is to be kept.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist worksteal
CODE := src tests benchmarks scripts native

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1:/p' Makefile | while IFS=: read -r name text; do printf 'make %-16s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: $(VENV)/demo.stamp ## Run the gate against the sandbox: no account, no network
	@$(BIN)/probe-gate demo $(ARGS)

.PHONY: test
test: $(VENV)/dev.stamp ## Run the tests: units, the command against the sandbox, the contracts
	$(PYTEST) -m 'not slow' $(ARGS)

.PHONY: test-repeat
test-repeat: $(VENV)/dev.stamp ## Run the tests ten times, three of them beside four busy processes, and print a table
	$(BIN)/python -m scripts.repeat_tests $(ARGS)

.PHONY: test-all
test-all: $(VENV)/dev.stamp ## The same with the slow ones, and with every example of the property tests
	$(PYTEST) --hypothesis-profile full $(ARGS)

.PHONY: test-explore
test-explore: $(VENV)/dev.stamp ## Run the property tests with other examples each time
	$(PYTEST) --hypothesis-profile explore -m hypothesis tests/unit tests/readings tests/contract $(ARGS)

.PHONY: check
check: check-format check-lint check-types check-imports test-all ## What a change must pass: format, lint, types, import rules, all tests

.PHONY: check-format check-lint check-types check-imports
check-format: $(VENV)/dev.stamp
	$(BIN)/ruff format --check $(CODE)
check-lint: $(VENV)/dev.stamp
	$(BIN)/ruff check $(CODE)
check-types: $(VENV)/dev.stamp
	$(BIN)/mypy
check-imports: $(VENV)/dev.stamp
	$(BIN)/lint-imports --no-logo

.PHONY: test-chaos
test-chaos: $(VENV)/dev.stamp ## Run gates under faults and signals, 500 combinations of them
	CHAOS_CASES=$${CHAOS_CASES:-500} $(PYTEST) tests/chaos $(ARGS)

.PHONY: test-ci-systems
test-ci-systems: $(VENV)/dev.stamp ## Run the gate under the real runners of GitHub, GitLab and Jenkins (sets up podman)
	@exports=$$(scripts/ci-tools .tools) && eval "$$exports" && $(BIN)/pytest -o faulthandler_timeout=1800 tests/ci_systems $(ARGS)

.PHONY: test-browser
test-browser: $(VENV)/dev.stamp ## Open the HTML report of every scenario in a real browser (installs Chromium)
	@exports=$$(scripts/setup-browser .tools) && eval "$$exports" && $(BIN)/pytest tests/browser $(ARGS)

.PHONY: pictures
pictures: $(VENV)/dev.stamp ## Redraw docs/images; with ARGS=DIR, draw everything that people see there
	@exports=$$(scripts/setup-browser .tools) && eval "$$exports" && $(BIN)/python -m tests.browser.pictures $(ARGS)

.PHONY: bench
bench: $(VENV)/bench.stamp ## Measure what the gate costs, and write docs/performance.md anew (QUICK=1: a few sizes, nothing written)
	$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

.PHONY: bench-job-start
bench-job-start: $(VENV)/dev.stamp ## Measure how long a job takes to the first request: prebuilt image, built image, native action
	@exports=$$(scripts/ci-tools .tools) && eval "$$exports" && $(BIN)/python -m benchmarks.job_start

.PHONY: bench-bounds
bench-bounds: $(VENV)/dev.stamp ## Measure what is bounded in seconds, such as the end after a signal (on an idle machine)
	$(BIN)/python -m benchmarks.bounds

.PHONY: bench-noise
bench-noise: $(VENV)/bench.stamp ## Measure how often a gate is red by chance, with --confirm and --confidence, and write docs/checks.md anew
	$(BIN)/python -m benchmarks.noise --write

.PHONY: format
format: $(VENV)/dev.stamp ## Format the code and fix what the linter can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

.PHONY: generate
generate: $(VENV)/dev.stamp ## Regenerate action.yml, the GitLab component, the tables, docs/options.md and the schema
	$(BIN)/python -m scripts.write_ci_files
	$(BIN)/python -m scripts.write_readme_tables
	$(BIN)/python -m scripts.write_options_page
	$(BIN)/python -m scripts.write_policy_schema
	$(BIN)/python -m scripts.write_sandbox_tables
	$(BIN)/python -m scripts.write_layers

.PHONY: home
home: $(VENV)/dev.stamp ## Name the account that the project is published under, everywhere: make home OWNER=acme
	$(BIN)/python -m scripts.set_home "$(OWNER)"
	@$(MAKE) --no-print-directory generate

.PHONY: lock
lock: $(VENV)/uv.stamp ## Choose the versions of all dependencies anew
	$(LOCK) --upgrade --extra sandbox --group dev -o requirements-dev.lock
	$(LOCK) --upgrade --extra sandbox --group build -c requirements-dev.lock -o requirements-demo.lock
	$(LOCK) --upgrade --extra sandbox --group build --group bench -c requirements-dev.lock -o requirements-bench.lock
	$(LOCK) --upgrade -c requirements-dev.lock -o requirements.lock
	echo uv | $(subst pyproject.toml,-,$(LOCK)) --upgrade -o requirements-uv.lock

.PHONY: clean
clean: ## Remove what the other targets made
	rm -rf $(VENV) .tools .artifacts .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis \
		probe-gate-report probe-gate-demo dist build

# uv installs far faster than pip; it lives inside the virtual environment, so nothing else on the machine changes.
$(VENV)/uv.stamp: requirements-uv.lock
	@echo 'Setting up $(VENV) (once, about half a minute)...' >&2; set -e; \
	for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$${found:-}" ]; then \
		echo 'Python 3.11 or newer is needed, and none was found. Install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; \
	fi; \
	if ! "$$found" -m venv $(VENV); then \
		echo "$$found cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

# The locks are the whole truth: versions and hashes. The project itself is installed so that changes show at once.
# Bytecode is made here, by all cores, and not at the first start: many a CI system sets PYTHONDONTWRITEBYTECODE.
$(VENV)/%.stamp: requirements-%.lock $(VENV)/uv.stamp pyproject.toml
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --compile-bytecode --require-hashes -r $<
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@
