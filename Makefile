# Everything the project needs, it installs here: a virtual environment in .venv, a stamp that follows the lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
DEMO ?= demo

.PHONY: help setup demo test test-all lint format lock score coverage bench bench-forecast fuzz clean
help:
	@echo "make demo      set up, start a simulated estate on loopback, run one night over it"
	@echo "make test      set up, then ruff, mypy, import contracts and the tests (under five minutes)"
	@echo "make test-all  make test and the suites that need minutes"
	@echo "make score     how well devices are recognised, on a folder of captures: make score CORPUS=FOLDER"
	@echo "make coverage  how the part numbers of that folder match the lifecycle packs: make coverage CORPUS=FOLDER"
	@echo "make bench     what SNMP costs, beside its peers: make bench CAPTURES=FOLDER PEERS=PYTHON (some minutes)"
	@echo "make fuzz      spoil some millions of SNMP replies (half an hour; FUZZ=N for N rounds of a hundred)"
	@echo "make bench-forecast  time and memory of a forecast of 1,000 to 100,000 units, of a plan and of a simulation (ten minutes)"
	@echo "make lint | format | lock | clean"

$(STAMP): pyproject.toml requirements.lock
	@echo "==> setting up $(VENV) (once; again when pyproject.toml or requirements.lock change)"
	@$(PYTHON) -c 'import sys; sys.exit("estate needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	@echo "==> a simulated estate of 41 devices on loopback, and one night over it (folder: $(DEMO))"
	@test -f $(DEMO)/estate.toml || $(BIN)/estate init $(DEMO)
	@status=0; $(BIN)/estate lab $(DEMO) --with-assets -- $(BIN)/estate nightly || status=$$?; \
	echo; \
	case $$status in \
	3) echo "Exit status 3 (done in part) is right here: one simulated device is dead, one has a wrong credential"; \
	   echo "and one stops answering half way. The run is kept; its summary above names all three."; \
	   echo "Look at it:   $(DEMO)/reports/latest/estate.html and estate.xlsx"; \
	   echo "Ask it:       . $(BIN)/activate; cd $(DEMO); estate status --within 18m; estate forecast list"; \
	   echo "Trace it:     estate forecast explain 1 --serial SSI183706KP";; \
	0) echo "Three simulated devices should not have answered in full, but all did: something is wrong."; exit 1;; \
	*) exit $$status;; \
	esac

lint: $(STAMP)
	@echo "==> ruff"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "==> mypy (strict)"
	@$(BIN)/mypy
	@echo "==> import contracts"
	@$(BIN)/lint-imports --no-cache | tail -n 12

test: lint
	@echo "==> tests"
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

test-all: lint
	@echo "==> all tests"
	@ESTATE_TESTS_THOROUGH=1 $(BIN)/pytest -m "slow or not slow"

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# the exact versions that CI and make test use; the ranges that users get stand in pyproject.toml
lock: $(STAMP)
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --output-file requirements.lock pyproject.toml

# how well devices are recognised: CORPUS is a folder of captures that says what they are; none lies in this repository
CORPUS ?= ../shared/corpus
score: $(STAMP)
	@$(BIN)/python benchmarks/recognition.py $(CORPUS)

# of the part numbers of the same folder: matched exactly, by which rule, by train, by series, not at all
coverage: $(STAMP)
	@$(BIN)/python benchmarks/coverage.py $(CORPUS)

# CAPTURES is a folder of .snmprec files, by default those of snmpsim-data; PEERS an interpreter that has gufo_snmp, ezsnmp
CAPTURES ?=
PEERS ?=
RUNS ?= 3
bench: $(STAMP)
	@$(BIN)/python benchmarks/snmp.py --runs $(RUNS) --json bench.json \
	  $(if $(CAPTURES),--captures $(CAPTURES)) $(if $(PEERS),--peers $(PEERS))
	@$(BIN)/python benchmarks/collection.py $(if $(CAPTURES),--captures $(CAPTURES))

FUZZ ?= 20000
fuzz: $(STAMP)
	ESTATE_FUZZ_EXAMPLES=$(FUZZ) $(BIN)/pytest tests/collectors/engine/test_fuzz.py

# time and memory: a forecast and its feed by size, each command on versions, the capped plan, the simulation
bench-forecast: $(STAMP)
	@echo "==> forecast and feed, by number of units"
	@$(BIN)/python benchmarks/forecast.py
	@echo "==> every command on versions"
	@$(BIN)/python benchmarks/commands.py --units 10000
	@$(BIN)/python benchmarks/commands.py --units 2000 --plan
	@echo "==> the capped plan of random programmes"
	@$(BIN)/python benchmarks/plan.py
	@echo "==> the simulation"
	@$(BIN)/python benchmarks/simulation.py

clean:
	rm -rf $(VENV) $(DEMO) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
