.DEFAULT_GOAL := help
.PHONY: help proto lint types page screenshots test long issuer growth simulate faults kills hostile mutation autobahn bench bench-quick

help: ## Show what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

proto: ## Generate the Python code of the wire schema, and lint the schema.
	uv run buf lint
	uv run python -m scripts.generate_schema

lint: ## Check style and format (`uv run ruff format` mends the latter).
	uv run ruff check
	uv run ruff format --check

types: ## Check types.
	uv run mypy

issuer: ## Install the identity provider that tests sign in to.
	uv run python -m scripts.install_issuer

page: ## Build the page, check it and run its unit tests.
	uv run python -m scripts.page build
	uv run python -m scripts.page check
	uv run python -m scripts.page test

screenshots: ## Take the pictures of the page for the documentation (needs Chromium).
	uv run python -m scripts.screenshots

test: ## Run the everyday tests.
	uv run pytest

growth: ## Measure what an order costs as the world grows (some minutes).
	uv run python -m bench.growth --json

long: ## Run the tests that are too slow for every day.
	uv run pytest -n 0 -m long

simulate: ## Run a thousand seeds of the simulation and list what they reached (ten minutes).
	uv run python -m tests.sim --seeds 1000

faults: ## Cut the power, fail every operation of the disk, flip bytes (some minutes).
	uv run python -m tests.faults

kills: ## Kill a real server fifty times under load (some minutes).
	uv run python -m tests.e2e --kills 50

hostile: ## Fuzz frames and requests, the frames against a real server (some minutes).
	uv run pytest -n 0 -s -m long tests/e2e/test_hostile.py tests/tasks/test_fuzz.py tests/net

mutation: ## Plant every bug of the catalogue and see that the tests catch it (ten minutes).
	uv run python -m tests.mutation

autobahn: ## Check conformance of the WebSocket with the Autobahn|Testsuite (needs a Python 2.7).
	uv run python -m tests.net.autobahn

bench: ## Run every benchmark, one after another: a quarter of an hour on a quiet machine.
	uv run python -m bench

bench-quick: ## Have a look at every benchmark in two minutes.
	uv run python -m bench --quick
