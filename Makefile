# Needs Python 3.11 or newer and make; each target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: install serve test lint bench screenshots lock clean

install: $(READY)

# --no-build-isolation: the build backend comes from the lock file like everything else.
$(READY): pyproject.toml requirements.lock service/hatch_build.py $(wildcard service/alliance_graph/web/assets/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "alliance-graph needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	@touch $@

# Builds a validated release when the sources have changed, then answers on http://localhost:8000
serve: install
	$(BIN)/alliance-graph serve

test: install lint
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# Measures the service against other servers, about 25 minutes; benchmarks/README.md says how.
bench: install
	$(BIN)/python benchmarks/run.py --install

# Takes a picture of each kind of page, at phone and desktop width, into build/screenshots; needs Chromium.
screenshots: install
	$(BIN)/python tests/browser/screenshots.py

# Pins every dependency with its hashes for all platforms.
lock:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --all-extras --python-version 3.11 pyproject.toml --output-file requirements.lock

clean:
	rm -rf build .cache $(VENV)
