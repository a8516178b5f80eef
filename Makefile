# What a person does with cnnviz: `make run`. What a developer does: `make test`. Works with GNU make 3.81 and newer.
# Without make (Windows too): python -m venv .venv, then pip install -c constraints.txt -e . and cnnviz inside it.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
READY_TO_TEST := $(VENV)/ready-to-test
READY_TO_TEST_ALL := $(VENV)/ready-to-test-all
PYTHON ?=
ARGS ?=
PYTEST_ARGS ?=
comma := ,

.PHONY: help run test test-all bench format clean

help:
	@echo "make run       set cnnviz up in .venv and open it in the browser (options: make run ARGS='--port 8600')"
	@echo "make test      formatting, lint, types, imports and all tests but the slow ones"
	@echo "make test-all  make test, then the slow tests"
	@echo "make bench     measure speed and print a table"
	@echo "make format    put the sources in order"
	@echo "make clean     remove .venv, caches and what was built"

run: $(READY)
	@$(BIN)/cnnviz $(ARGS)

# Plain pytest, one test at a time: the browser tests measure times and share the cores with a server and a worker.
test: $(READY_TO_TEST)
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m ruff check .
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow" $(PYTEST_ARGS)

# No make inside make: the last line printed must be pytest's.
test-all: test $(READY_TO_TEST_ALL)
	$(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

bench: $(READY_TO_TEST)
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m bench $(ARGS)

format: $(READY_TO_TEST)
	$(BIN)/python -m ruff check --fix .
	$(BIN)/python -m ruff format .

clean:
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than the two files that say what to install, and holds the folder it was made in: where the project
# was moved, or the Python under the environment is gone, everything is set up again.
define current
$(shell $(BIN)/python -c "" 2>/dev/null && cat $(1) 2>/dev/null)
endef
ifneq "$(call current,$(READY))" "$(CURDIR)"
.PHONY: $(READY)
endif
ifneq "$(call current,$(READY_TO_TEST))" "$(CURDIR)"
.PHONY: $(READY_TO_TEST)
endif
ifneq "$(call current,$(READY_TO_TEST_ALL))" "$(CURDIR)"
.PHONY: $(READY_TO_TEST_ALL)
endif

# A name may be there and not work (a version manager's stand-in, another architecture), so each is run, not looked up.
define set_up
@set -e; \
if $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	echo "Bringing .venv up to date with pyproject.toml and constraints.txt."; \
else \
	found=; \
	for name in $(PYTHON) python3 python3.13 python3.12 python3.11 python; do \
		if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "cnnviz needs Python 3.11 or newer and found none; install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	if ! $$found -c 'import ensurepip, venv' >/dev/null 2>&1; then \
		echo "$$found lacks its venv module or pip; install them (on Debian and Ubuntu: apt install python3-venv), then try again." >&2; exit 1; \
	fi; \
	echo "cnnviz will be set up in $(CURDIR)/$(VENV) with $$($$found --version)."; \
	echo "It installs $(1)."; \
	echo "On Linux that is a download of 2.7 GB and 6.2 GB on disk, most of it PyTorch's part for graphics cards; on macOS much less."; \
	echo "It takes two minutes on a fast line, and is done once. 'make clean' removes it."; \
	$$found -m venv --clear $(VENV); \
fi; \
$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e $(2) || { \
	echo "pip could not install everything; its last lines say why. A Python newer than these versions know may be the reason: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e '.[fast]' || \
	echo "Numba cannot be installed here; all works without it, and training takes up to a fifth longer." >&2; \
printf '%s\n' "$(CURDIR)" > $@
endef

$(READY): pyproject.toml constraints.txt
	$(call set_up,PyTorch$(comma) Streamlit$(comma) scikit-learn$(comma) Captum and Plotly,.)

$(READY_TO_TEST): pyproject.toml constraints.txt
	$(call set_up,PyTorch$(comma) Streamlit$(comma) scikit-learn$(comma) Captum$(comma) Plotly and the tools for the tests,'.[dev]')
	@printf '%s\n' "$(CURDIR)" > $(READY)

# Where Ray does not come for this Python or machine, its tests are skipped.
$(READY_TO_TEST_ALL): $(READY_TO_TEST)
	@$(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e '.[dev,ray]' || \
		echo "Ray cannot be installed here; the tests that need a cluster are skipped."
	@printf '%s\n' "$(CURDIR)" > $@
