# Everything the project does, as targets; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ifeq ($(PULL),1)
HOME_DIR ?= demo/pulled/home
LANDING ?= demo/pulled/landing
endif
HOME_DIR ?= demo/home
LANDING ?= demo/landing
WEEKS ?= 2025-W38..2025-W46
SIZES ?= 1000000 5000000
STORY := demo/story

.DEFAULT_GOAL := help
.PHONY: help install server run test dev story pictures check format bench lock docs faults portal-faults clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)

install: $(STAMP) ## make .venv and install the pinned packages

server: ## make .venv on a server, without what only development needs (EXTRAS="s3 spark")
	$(PYTHON) -m venv $(VENV)
	$(PYTHON) deploy/production_lock.py $(EXTRAS) > $(VENV)/production.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/production.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .

run: $(STAMP) ## write a demo portal's exports and publish every week of them (PULL=1: pulled over HTTP)
ifeq ($(PULL),1)
	@$(BIN)/service-index emulate --out demo/pulled/portal --weeks $(WEEKS)
	@$(BIN)/python -m emulator.http_serve --landing demo/pulled/portal --then \
		service-index pull --weeks $(WEEKS) --landing $(LANDING) --home $(HOME_DIR)
else
	@$(BIN)/service-index emulate --out $(LANDING) --weeks $(WEEKS)
endif
	@$(BIN)/service-index run --landing $(LANDING) --home $(HOME_DIR)

test: $(STAMP) ## the whole suite
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

dev: $(STAMP) ## Dagster's page, with schedule and sensors on, and the stewards' desk
	@$(BIN)/service-index dev --home $(HOME_DIR) --landing $(LANDING)

story: $(STAMP) ## the miscount of W44: caught in one delivery, mended by the next (demo/story)
	@rm -rf $(STORY)
	@echo '== Lần gửi thứ nhất, đến 2025-W45 / the first delivery, up to 2025-W45'
	@$(BIN)/service-index emulate --out $(STORY)/landing --weeks 2025-W41..2025-W45
	@$(BIN)/service-index run --landing $(STORY)/landing --home $(STORY)/home > $(STORY)/first.txt || test $$? -eq 3
	@$(BIN)/service-index review list --week 2025-W44 --home $(STORY)/home
	@echo '== Lần gửi thứ hai: 2025-W46, kèm bản đã sửa của W44 và W45 / the second: 2025-W46, with W44 and W45 mended'
	@$(BIN)/service-index emulate --out $(STORY)/landing --weeks 2025-W41..2025-W46
	@$(BIN)/service-index run --landing $(STORY)/landing --home $(STORY)/home > $(STORY)/second.txt
	@$(BIN)/service-index diff 2025-W44 1 2 --home $(STORY)/home
	@$(BIN)/service-index review list --state all --home $(STORY)/home
	@$(BIN)/service-index review show 1 --home $(STORY)/home

pictures: $(STAMP) ## take the guide's pictures of the desk and the site again (needs chromium)
	@$(BIN)/python -m console.pictures docs/pictures
	@$(BIN)/python -m console.site_pictures docs/pictures $(HOME_DIR)

check: $(STAMP) ## format, lint, types and Dagster's definitions
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy . && $(BIN)/dg check defs

format: $(STAMP) ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

bench: $(STAMP) ## measure and write docs/benchmarks.md (SIZES="1000000 5000000")
	@$(BIN)/python -m benchmarks.bench --dossiers $(SIZES)

docs: $(STAMP) ## write the generated documents again
	@$(BIN)/python -m publishing.dictionary
	@$(BIN)/python -m checks.catalogue_doc
	@$(BIN)/python -m publishing.settings_doc

faults: $(STAMP) ## write docs/faults.md again: every fault of the emulator, and what catches it (most of an hour)
	@$(BIN)/python -m emulator.matrix

portal-faults: $(STAMP) ## write docs/portal-faults.md again: every fault of the portal, and what a pull comes to
	@$(BIN)/python -m emulator.portal_faults

lock: ## pin the packages again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra dev --extra postgresql --extra s3 --extra spark --extra celery pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate benchmarks/peers/requirements.in -o benchmarks/peers/requirements.lock

clean: ## remove the demo
	rm -rf demo
