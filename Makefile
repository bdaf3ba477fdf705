# make run    a working portal in a browser, with demo people and a database of its own
# make test   every test          make check   style, format, types
# make format the code, as check wants it       make css     the stylesheet anew (needs Node)
# make gallery  every document of the product, of two dozen children in many languages, to be looked at
# make guide  the pictures of the guide and of the README anew, from the running product
# make bench  how fast paper is made beside other ways, how it slows a save, whether a user name can be told by the time

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test check format css guide bench gallery

help:
	@sed -n 's/^# \(make.*\)/  \1/p' Makefile

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && { echo "Installing python3-venv ..."; apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv; }; } || { echo "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@echo "Making the portal's own Python environment (once; about half a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.ready-test: $(VENV)/.ready
	@echo "Adding what the tests need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

run: $(VENV)/.ready
	@exec $(BIN)/python server.py

# One process a core, each with a database server of its own; the tests of one file stay in one process.
test: $(VENV)/.ready-test
	@$(BIN)/python -m pytest $(or $(TESTS),--numprocesses=auto --dist=loadfile --no-loadscope-reorder)

check: $(VENV)/.ready-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: $(VENV)/.ready-test
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format --quiet .

guide: $(VENV)/.ready-test
	@$(BIN)/python -m tests.guide

$(VENV)/.ready-bench: $(VENV)/.ready
	@echo "Adding what the measurements need ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[bench]'
	@touch $@

bench: $(VENV)/.ready-bench $(VENV)/.ready-test
	@$(BIN)/python -m bench.pdf $(BENCH)
	@$(BIN)/python -m bench.beside
	@$(BIN)/python -m bench.sign_in

gallery: $(VENV)/.ready-test
	@$(BIN)/python -m tests.gallery var/gallery --png
	@echo "Every page is in var/gallery, and beside the folders the pages of each child on a few sheets."

# GOV.UK Frontend's sources and the Sass compiler come from npm; neither is needed to run the portal.
css:
	@npm install --silent --no-save --no-audit --no-fund --prefix var/css govuk-frontend@6.6.0 sass@1.108.2
	@var/css/node_modules/.bin/sass --style=compressed --no-source-map --quiet-deps -I var/css/node_modules static/portal.scss var/css/portal.css
	@{ cat var/css/portal.css; printf '/* sources %s */\n' "$$(LC_ALL=C; cat static/portal.scss static/scss/*.scss | sha256sum | cut -c1-16)"; } > static/portal.css
