# Each command first brings the checkout up to date with its lock files, which takes a moment when
# nothing changed. `make PYTHON=/path/to/python3.12 …` chooses the Python.

SHELL := /bin/sh
.DEFAULT_GOAL := help
export PYTHONPATH := $(CURDIR)/functions:$(CURDIR)
export PYTHON

VENV_BIN := functions/venv/bin
RUN := $(VENV_BIN)/python -m

.PHONY: help setup up demo test simulate storm fuzz mutate check fix bench capacity lock

help: ## Show these lines
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing; the other commands do this by themselves
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then \
			exec "$$python" -m local.setup; \
		fi; \
	done; \
	echo "Firetill needs Python 3.11 or newer. Get it from https://www.python.org/downloads/" >&2; \
	exit 1

up: setup ## Start the whole stack and keep it up until Ctrl-C; ARGS="--speed 60" hurries schedules
	@exec $(RUN) local.up $(ARGS)

demo: setup ## Start the stack, play the story on it, check every balance
	@exec $(RUN) local.demo $(ARGS)

test: setup ## Run every test; ARGS="tests/unit -k ledger" narrows it down
	@exec $(RUN) pytest -n auto $(ARGS)

simulate: setup ## Play the till through SEEDS=2000 seeds of faults; FIRST= and REPLAY= play one again
	@exec $(RUN) tests.simulation $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST)) \
		$(if $(REPLAY),--replay '$(REPLAY)') $(ARGS)

storm: setup ## Break a running stack under its users, then account for every cent; ARGS="--users 50"
	@exec $(RUN) local.storm $(ARGS)

fuzz: setup ## Throw INPUTS=100000 hostile inputs at every boundary
	@exec $(RUN) tests.fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(ARGS)

mutate: setup ## Seed faults into copies of the code and see what finds each
	@exec $(RUN) tests.mutations $(ARGS)

check: setup ## Check lint, format, types (of the web pages too), import contracts, lock files
	$(VENV_BIN)/ruff check .
	$(VENV_BIN)/ruff format --check .
	$(VENV_BIN)/mypy .
	$(VENV_BIN)/lint-imports
	$(RUN) local.locks
	npm run --silent check -w web

fix: setup ## Mend what lint and format can mend by themselves
	$(VENV_BIN)/ruff check --fix .
	$(VENV_BIN)/ruff format .

bench: setup ## Measure and print the figures
	@exec $(RUN) bench $(ARGS)

capacity: setup ## What production would cost, and which limit it meets first; ARGS="--users 250000"
	@exec $(RUN) bench.capacity $(ARGS)

lock: setup ## Resolve the dependencies anew; ARGS=--upgrade takes the newest versions
	$(RUN) local.locks --write $(ARGS)
