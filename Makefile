# `make` alone lists the targets. Every target builds the environment it needs first.
.DEFAULT_GOAL := help
SHELL := /bin/bash -eu -o pipefail

PYTHON ?= $(shell command -v python3.11 || command -v python3 || true)
CORES ?= 2
CONFIG ?= config/demo.yaml
UV := .uv/bin/uv
BIN := .venv/bin
# What is read, written and said is UTF-8, whatever the locale.
export PYTHONUTF8 := 1

.PHONY: needs help demo plan verify check test test-unit lint format benchmark lock reference clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.ready ## Run the whole study on scikit-learn's digits and write its report
	$(BIN)/python workflow/run.py --profile profiles/demo --cores $(CORES)

plan: .venv/.ready ## Show what would run, why and for how long, before it does (CONFIG=config/demo.yaml)
	$(BIN)/python workflow/plan.py --profile profiles/demo --configfile $(CONFIG)

verify: .venv/.ready ## Compute a sample of the demo's results again and compare
	$(BIN)/snakemake verify --profile profiles/demo --cores $(CORES)

check: .venv/.ready ## Check this machine's numerical building blocks against float64
	$(BIN)/python -m rote.selfcheck

test: .venv/.ready ## Run every test
	$(BIN)/python -m pytest --numprocesses $$(($(CORES) + 1)) --dist loadfile --no-loadscope-reorder # one waits, as a rule

test-unit: .venv/.ready ## Run the quick tests of the library, as one does while working
	$(BIN)/python -m pytest tests/unit -m "not slow" --numprocesses $(CORES) --dist loadfile

lint: .venv/.ready ## Check style, types and the workflow
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/mypy
	$(BIN)/snakemake --lint

format: .venv/.ready ## Put the code into house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

benchmark: .venv/.ready ## Measure speed side by side and keep the tables in benchmarks/
	$(BIN)/python benchmarks/run.py

reference: .venv/.ready ## Write config/README.md and the editors' schema anew
	$(BIN)/python -m rote.config.reference

lock: $(UV) ## Choose package versions anew and write envs/requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes --no-emit-index-url \
		--no-header --upgrade --output-file envs/requirements.lock pyproject.toml

clean: ## Delete the demo's results and every cache, not the environment
	rm -rf results/demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests workflow benchmarks -name __pycache__ -prune -exec rm -rf {} +

needs:
	@envs/needs.sh "$(PYTHON)"

# uv, itself pinned by hash, installs the locked wheels; pip's resolver may pair torch with another build of torchvision.
$(UV): envs/bootstrap.lock | needs
	"$(PYTHON)" -m venv --clear .uv
	.uv/bin/python -m pip install --quiet --require-hashes --requirement envs/bootstrap.lock
	@touch $@

.venv/.ready: $(UV) envs/requirements.lock pyproject.toml | needs
	$(UV) venv --quiet --allow-existing --python "$(PYTHON)" .venv
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes envs/requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
