# Everything goes through a virtual environment in .venv, made on first use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.PHONY: demo test test-all bench bench-peers mutants check clean

demo: $(READY)
	$(BIN)/python -m studies.demo

# Style, types, import contracts, and every test that takes seconds.
test: check
	$(BIN)/python -m pytest -n 2 -m "not slow"

# All of it: slow tests, and property tests with many more examples.
test-all: check
	HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY)
	$(BIN)/python -m benchmarks.simulate
	$(BIN)/python -m benchmarks.stages
	$(BIN)/python -m benchmarks.layer_cost
	$(BIN)/python -m benchmarks.dram_streams
	$(BIN)/python -m benchmarks.rivals
	$(BIN)/python -m benchmarks.mask_step
	$(BIN)/python -m benchmarks.channel_prune

# SCALE-Sim beside ours, from an environment of its own: minutes of CPU, some 4 GB.
bench-peers: $(READY)
	$(BIN)/python -m benchmarks.peers

# Whether the tests notice small errors in the code: a sample of each package, an hour or so on two cores.
# MUTANTS=--all puts in every one; what is known from an earlier run is not run again.
mutants: $(READY)
	$(BIN)/python -m benchmarks.mutants $(MUTANTS)

clean:
	rm -rf $(VENV) results build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or newer; try make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[prune,onnx,imagenet,dev]'
	touch $@
