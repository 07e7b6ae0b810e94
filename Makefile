# `make` alone lists the targets. Everything is installed into .venv, and again only when its sources change.

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin
# Without --no-compile pip compiles thousands of files that are never imported.
INSTALL := $(RUN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# Pinned, and installed before anything else could pull in another one: model tests compare numbers.
TORCH := torch==2.13.0
# Without what it depends on: it would pull in torchvision, which the parts in use do without. See decision 0002.
SAM2 := sam2==1.1.0
SAM2_NEEDS := "hydra-core>=1.3.2" "iopath>=0.1.10"
PYTEST := $(RUN)/python -m pytest
# A file at a time in each process, so that what the tests of a file share is made once.
PARALLEL := -n auto --maxprocesses 8 --dist loadfile

# What an installation is made from, beside the Python files, which are used where they are.
SOURCES := pyproject.toml $(wildcard setup.py rvosbench/_kernels/*.[ch])

.DEFAULT_GOAL := help
.PHONY: help demo test test-full lint bench siege learn fuzz fuzz-readers docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.core ## see it work on a made-up dataset: under 90 s, no download of data, no torch
	$(RUN)/rvosbench demo

test: $(VENV)/.tests ## all tests that need no system packages: under 15 min from nothing
	$(PYTEST) $(PARALLEL) -m "not full"

test-full: $(VENV)/.tests ## the rest: fresh installs, other decoders; needs the packages of .ci/apt.txt
	$(PYTEST) -m full

lint: $(VENV)/.lint ## ruff and mypy
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy

bench: $(VENV)/.core ## start-up, and a conversion: time and memory, as Markdown tables
	$(RUN)/python benchmarks/startup.py
	$(RUN)/python benchmarks/convert_mevis.py --scale 0.05

siege: $(VENV)/.tests ## the evaluation server under 1,000 kill -9, at most 50 min
	$(RUN)/python benchmarks/siege.py

learn: $(VENV)/.tests ## proof that the reduced models learn: up to an hour of the processor for each
	$(RUN)/python benchmarks/learn.py --out learn

fuzz: ## hostile bytes for the C decoders, under sanitizers; needs clang
	fuzz/run

fuzz-readers: $(VENV)/.tests ## hostile bytes for the readers of predictions and releases: 5 min each
	$(INSTALL) --no-deps atheris
	$(RUN)/python fuzz/campaign.py --seconds 300

docs: $(VENV)/.tests ## no dead link, no undocumented error code, command, option or dataset
	$(PYTEST) --quiet tests/architecture/test_documentation.py

clean: ## remove what the other targets made, except .venv
	rm -rf build dist rvosbench-demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(SOURCES) | $(VENV)/pyvenv.cfg
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.tests: $(SOURCES) | $(VENV)/pyvenv.cfg
	$(INSTALL) "$(TORCH)"
	$(INSTALL) --editable ".[test]"
	$(INSTALL) $(SAM2_NEEDS)
	SAM2_BUILD_CUDA=0 $(INSTALL) --no-deps --no-build-isolation "$(SAM2)"
	@touch $@ $(VENV)/.core

$(VENV)/.lint: $(VENV)/.tests
	$(INSTALL) --editable ".[lint]"
	@touch $@
