# Each target sets up what it needs, once: a virtual environment in .venv (pip, or uv where that is on the PATH) from the hashed locks.
# PYTHON=python3.12 chooses the interpreter; UV= (empty) keeps uv out of it.

.DEFAULT_GOAL := help
.PHONY: note test check docs bench lock clean help
.NOTPARALLEL:

PYTHON ?=
export PYTHON

python := .venv/bin/python
setup := @bash scripts/setup.sh

note: ## make the sample note; the last line says where it lies
	$(setup) run
	@$(python) -m reporter run --sample

test: ## run everything: ruff, mypy --strict, pytest (TESTS=tests/test_x.py for a part)
	$(setup) test
	$(lint)
	$(python) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(TESTS)

check: ## ruff and mypy only
	$(setup) dev
	$(lint)

docs: ## write anew what the code says of itself in docs/
	$(setup) dev
	@$(python) scripts/catalogue.py

bench: ## measure the speed of the stages
	$(setup) dev
	@$(python) scripts/bench.py

lock: ## write the locks anew from pyproject.toml (UPGRADE=1 takes the newest versions)
	@bash scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean: ## remove .venv and caches; what was collected (data) and made (output) stays
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

define lint
$(python) -m ruff check .
$(python) -m ruff format --check .
$(python) -m mypy
endef
