# Each target works on a fresh machine with Python 3.11 or newer and nothing run before.
#   make demo | test | check | faults | bench | screenshots | up | down        ARGS="…" goes to the command, PYTHON=python3.13 picks another Python
PYTHON ?= python3
VENV   := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
UV      = $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
RUN    := $(VENV)/bin
ARGS   ?=
export UV_PYTHON_DOWNLOADS := never

# What has a long form; a test holds this list to what the tests ask.
LONG := tests/faults tests/properties tests/matrix tests/browser tests/sandbox/test_seed.py \
	$(addprefix tests/integration/test_,two_way.py drift.py answer_memory.py servers.py oauth_races.py postgres_plans.py \
		migrations_under_load.py documents_job.py v1_fuzzed.py benchmarks_run.py)

.PHONY: demo test faults check format bench capacity screenshots up down compose-check clean help
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# The environment is exactly what uv.lock says. uv itself comes from PATH, or into .uv/ where it is missing, pinned by
# version and hash (.ci/uv.txt).
$(VENV)/.ready: pyproject.toml uv.lock
	@echo "setting up $(VENV), once: about half a minute" >&2
	@command -v uv >/dev/null 2>&1 || [ -x .uv/bin/uv ] || PYTHON="$(PYTHON)" sh .ci/get-uv .uv
	@UV_PROJECT_ENVIRONMENT=$(VENV) $(UV) sync --frozen --quiet --compile-bytecode --python "$(PYTHON)"
	@touch $@

demo: $(VENV)/.ready ## set up and run the main job; ARGS="--once --json --cases 5000"
	@$(RUN)/casebridge demo $(ARGS)

test: $(VENV)/.ready ## set up and pass all tests
	$(RUN)/pytest $(ARGS)

faults: $(VENV)/.ready ## kills, cuts and 200 random schedules of them, an hour or two; ARGS="--schedules 20 --seed 7"
	$(RUN)/pytest $(LONG) --long --schedules 200 --dist=worksteal $(ARGS)

check: $(VENV)/.ready ## format, lint, types, import rules
	$(RUN)/ruff format --check .
	$(RUN)/ruff check .
	$(RUN)/mypy
	$(RUN)/lint-imports

format: $(VENV)/.ready ## rewrite the code in the project's format
	$(RUN)/ruff format .
	$(RUN)/ruff check --fix .

bench: $(VENV)/.ready ## measure, and write bench.json
	$(RUN)/python -m tests.benchmarks $(ARGS)

screenshots: $(VENV)/.ready ## take docs/screenshots anew, 3 minutes; ARGS="home deliveries" takes these pages alone
	$(RUN)/python -m tests.browser.screenshots $(ARGS)

capacity: $(VENV)/.ready ## what limits first, from bench.json; ARGS=--write puts it into docs/capacity.md
	$(RUN)/python -m tests.benchmarks.capacity $(ARGS)

# PROFILE=demo brings the sandbox along; ARGS=--detach gives the terminal back.
COMPOSE := docker compose $(if $(PROFILE),--profile $(PROFILE))

up: ## the whole service with Docker Compose; WORKERS=3 PROFILE=demo
	$(COMPOSE) up --build --scale worker=$(or $(WORKERS),3) $(ARGS)

down: ## stop it and remove its containers; ARGS=--volumes removes its data too
	docker compose --profile demo down $(ARGS)

compose-check: $(VENV)/.ready ## try compose with kills, restarts and stops under load, 8 to 20 minutes
	$(RUN)/python -m tests.compose.try_compose $(ARGS)

clean: ## remove the environment and caches
	rm -rf .venv .venv-* .uv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
