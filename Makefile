.DEFAULT_GOAL := help
.PHONY: help proto lint types test long issuer

help: ## Show what can be made.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

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

test: ## Run the everyday tests.
	uv run pytest

long: ## Run the tests that are too slow for every day.
	uv run pytest -m long
