# ftkit: `make lab` to begin, `make demo` to see it run without a browser.
# Needs make and Python 3.11 or newer with venv. PYTHON=… chooses another Python for the environment.

START := $(shell command -v python3 || command -v python || command -v python3.11 || command -v python3.12 \
           || command -v python3.13 || command -v python3.14)
IN    := .venv/bin
# As many tests at once as there are cores, four at most; the slow ones first.
TESTS := -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
PATHS := PATH="$(CURDIR)/$(IN):$$PATH"
SETUP  = "$(or $(START),python3)" -m bootstrap $(if $(PYTHON),--python "$(PYTHON)")

.PHONY: help setup lab demo test test-all bench check

help:
	@echo "make setup     the environment, in .venv"
	@echo "make lab       JupyterLab with the tutorials, opened at the first"
	@echo "make demo      the first tutorial without a browser: verdict and answers in the terminal"
	@echo "make check     ruff, mypy, import-linter, eslint, prettier"
	@echo "make test      everything with tiny models, the browser flows, the first tutorial"
	@echo "make test-all  that, all tutorials and the slow tests"
	@echo "make bench     the measurements in benchmarks/"

setup:
	@$(SETUP)

lab: setup
	@$(IN)/python -m ftkit.cli lab

demo: setup
	@$(IN)/python -m ftkit.cli demo

test:
	@$(SETUP) --browser
	@$(PATHS) FTKIT_CHROMIUM="$$(cat .venv/ftkit-chromium)" $(IN)/python $(TESTS) -m "not slow"

test-all:
	@$(SETUP) --browser
	@$(PATHS) FTKIT_CHROMIUM="$$(cat .venv/ftkit-chromium)" $(IN)/python $(TESTS)

bench: setup
	@$(PATHS) $(IN)/python -m benchmarks

check: setup
	$(IN)/python -m ruff check .
	$(IN)/python -m ruff format --check .
	$(IN)/python -m mypy
	$(IN)/lint-imports
	cd labextension && $(PATHS) jlpm install --immutable
	cd labextension && $(PATHS) jlpm run lint:check
