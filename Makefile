# symgrad: everything happens in .venv, from PyPI, and repeats without a network.
# `make` alone lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench gpu-check stubs clean moved

VENV := .venv
RUN := $(VENV)/bin/python -m
PIP := $(RUN) pip --disable-pip-version-check
BACKEND := hatchling>=1.26

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s  %s\n", $$1, $$2}' Makefile

demo: $(VENV)/.demo-stamp  ## install symgrad into .venv and explain a polynomial at x = 2
	@echo '$$ $(VENV)/bin/symgrad explain "2*x**4 + x**3 + 3*x**2 + 5*x + 1" --at x=2'
	@$(VENV)/bin/symgrad explain "2*x**4 + x**3 + 3*x**2 + 5*x + 1" --at x=2

test: $(VENV)/.test-stamp  ## install what the tests need, and run them all but the slow ones
	@$(RUN) pytest

lint: $(VENV)/.test-stamp  ## ruff (rules and format) and mypy --strict
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

bench: $(VENV)/.test-stamp  ## time symgrad beside what is installed of torch, jax, autograd
	@$(RUN) tests.benchmarks

gpu-check: $(VENV)/.test-stamp  ## on a machine with a card and CuPy: all that needs them, under 8 minutes
	@SYMGRAD_REQUIRE_GPU=1 $(RUN) tests.gpu_check

stubs: $(VENV)/.demo-stamp  ## write the stub that lets editors complete Tensor's methods
	@$(RUN) symgrad.cli.stubs

clean:  ## remove .venv, caches and builds
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A checkout that was moved or copied holds an environment that still points at the old place: its
# scripts and its link to the package are written anew. Quotes, for a path may hold commas.
ifneq "$(shell cat $(VENV)/.place 2>/dev/null)" "$(CURDIR)"
$(VENV)/.demo-stamp $(VENV)/.test-stamp: moved
endif

$(VENV)/.demo-stamp: pyproject.toml | $(VENV)/.made-stamp
	@echo "symgrad: installing it and its dependencies into $(VENV) (the first time: about a minute)"
	@$(call install,.)
	@echo "$(CURDIR)" > $(VENV)/.place && touch $@

$(VENV)/.test-stamp: pyproject.toml | $(VENV)/.made-stamp
	@echo "symgrad: installing it and its tools into $(VENV) (the first time: about two minutes)"
	@$(call install,.[test$(comma)lint])
	@echo "$(CURDIR)" > $(VENV)/.place && touch $(VENV)/.demo-stamp $@

comma := ,
define install
{ $(PIP) install "$(BACKEND)" && $(PIP) install --no-build-isolation --editable "$(1)"; } || { \
  echo "symgrad: the installation failed (pip says why above); the first one needs PyPI." >&2; \
  exit 1; }
endef

# The first python3 that is new enough and can make environments; PYTHON=... names another.
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11
MODERN := import sys; sys.exit(sys.version_info < (3, 11))
READY := import venv, ensurepip

$(VENV)/.made-stamp:
	@if $(VENV)/bin/python -c '$(MODERN); import pip' 2>/dev/null; then touch $@; exit 0; fi; \
	 modern=; \
	 for python in $(PYTHON); do \
	   "$$python" -c '$(MODERN)' 2>/dev/null || continue; \
	   modern=$$python; \
	   "$$python" -c '$(READY)' 2>/dev/null || continue; \
	   echo "symgrad: making the environment $(VENV) with $$("$$python" -V) (seconds)"; \
	   "$$python" -m venv --clear $(VENV) && touch $@ && exit 0; \
	   exit 1; \
	 done; \
	 if [ -n "$$modern" ]; then \
	   echo "symgrad: $$modern lacks the venv module; on Debian: apt-get install python3-venv" >&2; \
	 else \
	   echo "symgrad: needs Python >= 3.11 on the PATH; apt-get install python3-venv, or make PYTHON=/path/to/it" >&2; \
	 fi; \
	 exit 1
