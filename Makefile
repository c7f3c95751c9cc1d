# `make test` is all a fresh machine needs: CPython 3.11 or newer, make, and a package index.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup demo test check bench accuracy nights fuzz faults shots dictionary lock clean
.DEFAULT_GOAL := test

setup: $(READY)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which: make PYTHON=python3.12" >&2; exit 2; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --require-hashes --only-binary :all: --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --no-index --editable .
	@touch $(READY)

demo: $(READY)
	@$(BIN)/trials demo

test: check
	$(BIN)/python -m pytest -n auto --dist loadfile

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)
	$(BIN)/python -m benchmarks.parse
	$(BIN)/python -m benchmarks.large
	$(BIN)/python -m benchmarks.fetch
	$(BIN)/python -m benchmarks.publish
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.plan
	$(BIN)/python -m benchmarks.export
	$(BIN)/python -m benchmarks.explore
	$(BIN)/python -m benchmarks.morning

accuracy: $(READY)
	$(BIN)/python -m benchmarks.accuracy
	$(BIN)/python -m benchmarks.criteria
	$(BIN)/python -m benchmarks.loss
	$(BIN)/python -m benchmarks.time_frames
	$(BIN)/python -m benchmarks.masks

# Thirty nights over HTTP, twelve kinds of trouble, and how fresh a store stays by which policy; some forty minutes.
nights: $(READY)
	$(BIN)/python -m benchmarks.nights
	$(BIN)/python -m benchmarks.nights --trouble --trials 600
	$(BIN)/python -m benchmarks.freshness

# FUZZ_CASES, FUZZ_SEED, FUZZ_SECONDS: how many mutations, which, and how long guided by coverage.
fuzz: $(READY)
	$(BIN)/python -m fuzz

# FAULTS="S01 N04": only these promises; FAULTS_SEED chooses moments, cuts and flips. All take about an hour.
faults: $(READY)
	$(BIN)/python -m faults $(FAULTS)

# Pictures of the report and the explorer, to be looked at; needs Chromium.
shots: $(READY)
	$(BIN)/python -m tests.shots

dictionary: $(READY)
	$(BIN)/trials dictionary > docs/dictionary.md
	$(BIN)/trials dictionary --problems > docs/problems.md
	$(BIN)/trials dictionary --report > docs/report.schema.json
	$(BIN)/trials dictionary --aact > docs/aact.md

# Needs uv. Pins and hashes every wheel for every Python from 3.11 on; of the same pins, deploy/ has what a run needs.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	  --extra dev --no-header --no-annotate --upgrade --output-file requirements.txt pyproject.toml
	echo 'setuptools>=77' | uv pip compile --universal --python-version 3.11 --generate-hashes --only-binary :all: \
	  --no-header --no-annotate --constraint requirements.txt --output-file deploy/requirements.txt pyproject.toml -

clean:
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .hypothesis build *.egg-info
