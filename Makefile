# `make demo` tries it, `make test` proves it, `make up` runs it all on this machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCKS := infra/toolchain/locks
ENV ?= local
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate --quiet
# The image holds this extra alone; asked for by `--extra`, it would come with the CLI's own dependencies.
SERVICES := import tomllib; project = tomllib.load(open("pyproject.toml", "rb"))["project"]; \
	print(*project["optional-dependencies"]["services"], sep="\n")

.DEFAULT_GOAL := help
.PHONY: help demo up down tools weights test lint bench lock clean

help: ## Show what there is.
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.demo weights ## The API and a worker in one process: real faces, a short load, a report (3 minutes).
	@$(BIN)/sre demo

up: $(VENV)/.all weights ## A real cluster on this machine, serving (the first time builds the engines).
	@$(BIN)/sre infra up $(ENV)
	@$(BIN)/sre images build
	@$(BIN)/sre deploy --all --env $(ENV)
	@echo "callers need a key: the commands are in README.md, Serve somebody"

down: $(VENV)/.all ## Remove the cluster and its data, after asking.
	@$(BIN)/sre infra destroy $(ENV)

tools: $(VENV)/.all ## Find the engines on PATH, or build them once.
	@$(BIN)/python -m infra.toolchain

weights: $(VENV)/.demo ## Fetch the networks' weights that no Python package carries, once.
	@$(BIN)/python -m infra.weights

test: lint tools weights ## Everything: lint, types, unit, golden, ports and the end-to-end path.
	@$(BIN)/pytest tests/unit --numprocesses logical --dist loadfile
	@$(BIN)/pytest --ignore tests/unit

lint: $(VENV)/.all ## Style, types and the directions of imports.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.all ## Measure, each against a reference in the same run.
	@for bench in startup document_ocr accuracy serving; do $(BIN)/python -m tests.bench.$$bench || exit 1; done

lock: ## Solve the dependencies anew.
	@set -e; scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	$(PYTHON) -m venv "$$scratch"; "$$scratch/bin/pip" install --quiet uv; PATH="$$scratch/bin:$$PATH"; \
	$(COMPILE) pyproject.toml --all-extras -o $(LOCKS)/all.lock; \
	$(COMPILE) pyproject.toml --extra services --extra load --extra build -c $(LOCKS)/all.lock \
		-o $(LOCKS)/demo.lock; \
	$(PYTHON) -c '$(SERVICES)' >"$$scratch/services.in"; \
	$(COMPILE) "$$scratch/services.in" -c $(LOCKS)/all.lock -o $(LOCKS)/services.lock

clean: ## Remove what was built here; built engines and clusters stay.
	@rm -rf $(VENV) build reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: $(PYTHON) is older than 3.11; name another: make PYTHON=python3.12 ..." >&2; exit 2; }
	@echo "installing Python packages into $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "hint:  apt-get install python3-venv" >&2; exit 2; }
	@touch $@

$(VENV)/.demo: $(VENV)/.venv $(LOCKS)/demo.lock pyproject.toml
	@$(PIP) -r $(LOCKS)/demo.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.all: $(VENV)/.demo $(LOCKS)/all.lock
	@$(PIP) -r $(LOCKS)/all.lock
	@touch $@
