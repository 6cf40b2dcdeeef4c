# Warmgate: `make run` starts it, `make help` lists the rest. Needs GNU make 3.81 (macOS has it) or later.
.DEFAULT_GOAL := help
.PHONY: help run test test-slow check format peers clean

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
PYTHON ?= # the interpreter that creates the virtual environment; empty means the first fitting one
ARGS ?= # handed to the server or to pytest
WORKERS ?= 2 # test processes side by side; each may start a browser

# A stamp is newer than the files it stands for, so that a second start does no pip work.
CREATED := $(VENV)/.created
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
BROWSER_CLIENT := $(addprefix browser_client/,.npmrc package.json package-lock.json pyproject.toml setup.py) \
	$(wildcard browser_client/warmgate_browser_client/*.py)
PIP_INSTALL := $(PYTHON_IN_VENV) -m pip install --disable-pip-version-check

STRUCTURE_TESTS := tests/test_architecture.py tests/test_documents.py

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## install what is missing and start the server; ARGS="--port 9000" passes options
	@exec $(PYTHON_IN_VENV) web_app.py $(ARGS)

test: $(DEVELOPMENT) ## all tests but the slow ones; ARGS="tests/test_knobs.py -x" narrows them
	@$(PYTHON_IN_VENV) -m pytest -m "not slow" -n $(WORKERS) --dist loadfile $(ARGS)

test-slow: $(DEVELOPMENT) ## the slow tests alone
	@$(PYTHON_IN_VENV) -m pytest -m slow $(ARGS)

check: $(DEVELOPMENT) ## format, lint, types, and the tests of structure and documents
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m mypy
	@$(PYTHON_IN_VENV) -m pytest -q $(STRUCTURE_TESTS)

format: $(DEVELOPMENT) ## rewrite code and generated documents into their one form
	@$(PYTHON_IN_VENV) -m ruff check --fix-only --quiet .
	@$(PYTHON_IN_VENV) -m ruff format .
	@$(PYTHON_IN_VENV) -m docs.make_parameters

peers: $(DEVELOPMENT) ## install what benchmarks/sac_speed.py compares against, beside the project
	@$(PYTHON_IN_VENV) -m venv .peers-sbx
	@$(PYTHON_IN_VENV) -c "import sysconfig; print(sysconfig.get_path('purelib'))" > \
	  "$$(.peers-sbx/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/warmgate.pth"
	@.peers-sbx/bin/python -m pip install --disable-pip-version-check sbx-rl==0.28.0

clean: ## remove the virtual environment, caches and build leftovers; recorded runs stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	rm -rf browser_client/build browser_client/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CREATED):
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3.14 python3); do \
	  if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Creating $(VENV) with $$($$python --version)"; "$$python" -m venv $(VENV) && touch $@; exit; \
	  fi; \
	done; \
	echo "Warmgate needs Python 3.11 or newer with its venv module; $(or $(PYTHON),python3) is '$$($(or $(PYTHON),python3) --version 2>&1)'." >&2; \
	echo "Install one (on Debian: python3 and python3-venv), or name it: make run PYTHON=path/to/python" >&2; \
	exit 1

$(RUNTIME): requirements.txt $(BROWSER_CLIENT) | $(CREATED)
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt requirements.txt $(BROWSER_CLIENT) | $(CREATED)
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $(RUNTIME) $@
