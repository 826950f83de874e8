# Everything from nothing: each target makes the virtual environment it needs.
# Nothing but Python 3.11, make, git and a package registry has to be there before.

PYTHON ?= python3
BIN := .venv/bin
HASH = $(shell git hash-object $(1))
RUN := .venv/.run-$(call HASH,requirements.txt)
DEV := .venv/.dev-$(call HASH,requirements-dev.txt)
PEERS := .venv-bench/.done-$(call HASH,requirements-bench.txt)
STATIC := staticfiles/staticfiles.json
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --universal \
        --python-version 3.11 --no-header
# Used once and not kept, because nothing starts without a key.
THROWAWAY_KEY = $$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))')
# What a deployment has at least, so that checks see the site as it will be.
DEPLOYED := env -u DEBUG -u DATABASE_URL -u REDIS_URL -u TEST_EMBEDDED \
        SECRET_KEY=$(THROWAWAY_KEY) \
        ALLOWED_HOSTS=feed.example.org DJANGO_SETTINGS_MODULE=feedsite.settings

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Rewriting the assertions of all tests costs 5 s of CPU in each of pytest's processes, unless they
# are kept as compiled files.
unexport PYTHONDONTWRITEBYTECODE

# Three at a time on two cores: each waits for its servers a third of the time.
ALL := $(BIN)/pytest -n 3
# Measuring coverage costs half of a test's time again, so one run does, in CI.
COV := $(if $(filter true,$(CI)),--cov --cov-report= --cov-fail-under=0)
# If only tests marked `timing` failed, pytest ends with 8 (tests/second_try.py), and those tests are
# tried once more, alone. $(call tests,VARIABLES,ARGUMENTS OF PYTEST,ARGUMENTS OF THE FIRST TRY)
AGAIN := $(BIN)/pytest --last-failed --last-failed-no-failures none -m timing
tests = $(1) $(ALL) $(2) $(3) || { [ $$? -eq 8 ] && $(1) $(AGAIN) $(2) $(if $(findstring --cov,$(3)),$(3) --cov-append); }
TRIED_AGAIN := .pytest_cache/tried-again
# Run a target, print what was tried twice, and the minutes.
timed = @rm -f $(TRIED_AGAIN); start=$$(date +%s); status=0; \
        $(MAKE) --no-print-directory $(1) || status=$$?; passed=$$(($$(date +%s) - start)); \
        if [ -e $(TRIED_AGAIN) ]; then echo "TRIED TWICE:"; cat $(TRIED_AGAIN); fi; \
        echo "make $@: $$((passed / 60)) min $$((passed % 60)) s"; exit $$status

.PHONY: help run test proofs check audit sbom bench soak pictures lighthouse lock clean
.DEFAULT_GOAL := help

help: ## Tell what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# The files name everything: asked for dependencies, pip would look past the locked version of one
# with an extra (coverage[toml]) once a newer one is out.
$(RUN): | .venv/bin/python
	@echo "Installing requirements.txt"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements.txt
	@rm -f .venv/.run-* && touch $@

$(DEV): | $(RUN)
	@echo "Installing requirements-dev.txt"
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements-dev.txt
	@rm -f .venv/.dev-* && touch $@

$(STATIC): $(RUN) feedsite/settings.py feedsite/app_settings.py $(shell find feed/static posts/static -type f 2>/dev/null)
	@echo "Collecting static files"
	@SECRET_KEY=$(THROWAWAY_KEY) $(BIN)/python manage.py collectstatic --noinput --verbosity 0

# Made once, readable by their owner alone, and kept between runs.
var/secret-key var/demo-password: | .venv/bin/python
	@umask 077 && mkdir -p var && \
	  $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))' > $@.new && mv $@.new $@

run: $(RUN) $(STATIC) var/secret-key var/demo-password ## Serve on http://127.0.0.1:8000 (PORT) with demo content
	@SECRET_KEY="$${SECRET_KEY:-$$(cat var/secret-key)}" && export SECRET_KEY && \
	DEMO_PASSWORD="$${DEMO_PASSWORD:-$$(cat var/demo-password)}" && export DEMO_PASSWORD && \
	$(BIN)/python manage.py migrate --noinput --verbosity 0 && \
	if $(BIN)/python manage.py seed_demo --help >/dev/null && $(BIN)/python manage.py shell \
	  --no-imports -c 'from posts.models import Post; raise SystemExit(Post.objects.exists())'; then \
	  $(BIN)/python manage.py seed_demo --posts 500; fi && \
	echo "Serving http://$${HOST:-127.0.0.1}:$${PORT:-8000}/ and /api/docs/; stop with Ctrl-C." && \
	echo "Sign in as demo, or as admin for /admin/: the password is in var/demo-password." && \
	exec $(BIN)/python -m feedsite.server

test: $(DEV) ## Run the tests: on PostgreSQL and Redis, then what uses the database on SQLite
	$(call timed,test-runs)

.PHONY: test-runs proof-runs
test-runs: $(DEV)
	@rm -f .coverage .coverage.*
	$(call tests,,tests/unit tests/security tests/browser -m "not proof",$(COV))
	$(if $(COV),$(BIN)/coverage report)
	$(call tests,TEST_EMBEDDED=1,tests/unit -m database)

proofs: $(DEV) ## Run the deep tests: model, schedules, machine, every fault, nginx, the image
	$(call timed,proof-runs)

proof-runs: $(DEV)
	$(call tests,,-m proof,-n 2)

check: $(DEV) ## Lint, types, import contracts, locked versions, settings, migrations, API description
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@echo mypy && $(DEPLOYED) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@echo "locked versions" && $(MAKE) --no-print-directory lock-check
	@echo "makemigrations --check" && $(DEPLOYED) $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "check --deploy" && $(DEPLOYED) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@echo "spectacular --validate" && $(DEPLOYED) $(BIN)/python manage.py spectacular \
	  --validate --fail-on-warn --file /dev/null

audit: $(DEV) ## Look for known vulnerabilities, secrets in the tree and unsafe code; AUDIT_STRICT=1
	$(BIN)/ruff check --select S .
	$(BIN)/python deploy/audit.py

sbom: $(DEV) ## Write var/sbom.json: what a deployment consists of (CycloneDX)
	@mkdir -p var && $(BIN)/python deploy/audit.py sbom var/sbom.json && echo var/sbom.json

# The file itself holds the versions, so that a newer one in the registry is no drift.
.PHONY: lock-check
lock-check: $(DEV)
	@new=$$(mktemp -d) && trap 'rm -rf "$$new"' EXIT && cp requirements*.txt "$$new" && \
	$(LOCK) -o "$$new/requirements.txt" && \
	$(LOCK) --group dev -c requirements.txt -o "$$new/requirements-dev.txt" && \
	for file in requirements.txt requirements-dev.txt; do diff "$$file" "$$new/$$file" || \
	  { echo "$$file does not follow from pyproject.toml: make lock" >&2; exit 1; }; done

lock: $(DEV) ## Write requirements*.txt from pyproject.toml; UPGRADE=1 takes newer versions
	$(LOCK) $(if $(UPGRADE),--upgrade) -o requirements.txt
	$(LOCK) $(if $(UPGRADE),--upgrade) --group dev -c requirements.txt -o requirements-dev.txt

$(PEERS): $(DEV)
	@echo "Installing requirements-bench.txt (others to compare with) into .venv-bench"
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --no-deps --require-hashes -r requirements-bench.txt
	@rm -f .venv-bench/.done-* && touch $@

bench: $(PEERS) ## Measure against a bare callable and others; ARGS=--quick, --only WORD, --list
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(DEV) ## A million reads through every fault, held against the contract; ARGS=--help
	@$(BIN)/python -m tests.proofs.soak $(ARGS)

lighthouse: ## Audit URL, a page of a running site, with Lighthouse; needs node and Chromium
	@npx --yes lighthouse@12.8.2 "$(URL)" --quiet --output=json --output-path=stdout \
	  --chrome-flags="--headless=new --no-sandbox --disable-gpu" | node -e 'let text = ""; \
	  process.stdin.on("data", (part) => (text += part)).on("end", () => { \
	  for (const { id, score } of Object.values(JSON.parse(text).categories)) \
	  console.log(id, Math.round(score * 100)); })'

pictures: $(DEV) $(STATIC) ## Take the pictures in docs/pictures anew; ARGS="feed post": those alone
	@PYTHONPATH=. $(BIN)/python docs/pictures/take.py $(ARGS)

clean: ## Remove what was made, but no data: var/ and feed.sqlite3 stay
	rm -rf .venv .venv-bench staticfiles htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache \
	  .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
