# Everything goes through a virtual environment in .venv, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DOCS_READY := $(VENV)/docs-ready
SITE := build/site

.PHONY: help demo test test-all check docs reference bench bench-peers mutants clean

help: ## Print this: every target and what it does.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## Prune a network in four ways and say what each is worth; about 6 minutes of CPU.
	$(BIN)/python -m studies.demo

test: check ## Style, types, import contracts, and every test that takes seconds.
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: check ## All of it: slow tests, and property tests with many more examples.
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2

check: $(READY) ## Style, types and import contracts alone.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Strict: a link or an anchor that leads nowhere is an error, and so is a docstring that griffe cannot read.
docs: $(DOCS_READY) ## Build the documentation site in build/site; warnings are errors.
	@mkdir -p build
	$(BIN)/zensical build --clean --strict > build/docs.log 2>&1 || { cat build/docs.log; false; }
	@! grep griffe build/docs.log
	@echo "$(SITE)/index.html"

reference: $(READY) ## Write docs/reference anew from the schemas.
	$(BIN)/python -m studies.reference_pages

bench: $(READY) ## Print speed, and fail where it lies beyond its bounds.
	$(BIN)/python -m benchmarks.simulate
	$(BIN)/python -m benchmarks.stages
	$(BIN)/python -m benchmarks.layer_cost
	$(BIN)/python -m benchmarks.dram_streams
	$(BIN)/python -m benchmarks.rivals
	$(BIN)/python -m benchmarks.mask_step
	$(BIN)/python -m benchmarks.channel_prune

# From an environment of its own: minutes of CPU, some 4 GB.
bench-peers: $(READY) ## SCALE-Sim 3.0.0 beside ours on the same work.
	$(BIN)/python -m benchmarks.peers

# MUTANTS=--all puts in every one; what is known from an earlier run is not run again.
mutants: $(READY) ## Whether the tests notice small errors in the code; an hour or so on two cores.
	$(BIN)/python -m benchmarks.mutants $(MUTANTS)

clean: ## Remove the virtual environment, results and caches.
	rm -rf $(VENV) results build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[prune,onnx,imagenet,dev]'
	touch $@

$(DOCS_READY): $(READY)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[docs]'
	touch $@
