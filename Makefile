# Ironclad. `make` lists what there is; every target that needs the virtual environment makes it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
PLATFORM ?= local
MS ?= 300
MINUTES ?= 60
N ?= 100
BIN := .venv/bin
CODE := ironclad flows tasks backend tests trials tools
IRONCLAD := $(BIN)/ironclad

# Without byte code each start of each child takes seconds longer.
unexport PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-18s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: install ## Bring the whole stack up on this machine and run one game day
	@$(IRONCLAD) demo

.PHONY: test
test: install ## Run the tests, against real parts, in about 10 minutes
	@$(BIN)/pytest -n 3 --dist loadfile -m 'not stack and not cluster and not image and not slow'
	@$(BIN)/pytest -m 'stack and not cluster and not long and not slow'

.PHONY: test-slow
test-slow: install ## Kill game days at every kind of step, and try Prefect servers as others have them (6 minutes)
	@$(BIN)/pytest -m 'slow and not cluster'

.PHONY: test-long
test-long: install ## End real game days from outside, ask for a go, and every panel for data (9 minutes on an idle machine)
	@$(BIN)/pytest -m 'long and not cluster'

.PHONY: test-demo
test-demo: install ## Run `make demo` on a terminal in a fresh clone, and read its last screen (5 minutes)
	@$(BIN)/pytest tests/demo

.PHONY: recording
recording: install ## Record `make demo` in a fresh clone into docs/demo.cast, for asciinema
	@$(BIN)/python -m tests.demo.recording

.PHONY: test-ui
test-ui: .venv/ui ## Open report and index in a headless browser, with axe (fetches Playwright and axe-core)
	@$(BIN)/pytest tests/ui

.PHONY: pictures
pictures: .venv/ui ## Take the pictures in docs/pictures, of what is up (REPORT=folder, GRAFANA=url)
	@$(BIN)/python -m tests.ui.pictures $(if $(REPORT),--report $(REPORT)) $(if $(GRAFANA),--grafana $(GRAFANA))

.venv/ui: .venv/installed tests/ui/requirements.txt tests/ui/package.json
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install nodejs npm"; exit 1; }
	@$(BIN)/python -m pip install --quiet --requirement tests/ui/requirements.txt
	@npm install --prefix tests/ui --silent --no-audit --no-fund --no-package-lock
	@command -v chromium chromium-browser google-chrome >/dev/null || $(BIN)/playwright install chromium
	@touch $@

.PHONY: test-cluster
test-cluster: install ## Ask the cluster that KUBECONFIG names what the fake one is asked (IRONCLAD_TEST_IRONCLAD_IMAGE=…)
	@test -n "$${KUBECONFIG:-}" || { echo "KUBECONFIG names no cluster"; exit 1; }
	@$(BIN)/pytest tests/cluster -m cluster

.PHONY: bench
bench: .venv/bench ## Measure beside named peers, 20 minutes, into docs/results/benchmarks.md (ONLY=name for one, KEEP=1)
	@$(IRONCLAD) fetch
	@$(BIN)/python -m trials.bench $(ONLY) $(if $(KEEP),--keep)

.venv/bench: .venv/installed
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,bench]'
	@touch $@

.PHONY: fuzz
fuzz: install ## Throw more than 10,000 bad inputs at API, files and report
	@$(BIN)/pytest tests/fuzz --hypothesis-profile=fuzz --timeout 1200

.PHONY: self-chaos
self-chaos: install ## Break Ironclad itself in many ways; each has to end clearly (20 minutes; ONLY=word)
	@$(BIN)/python -m trials.self_chaos $(ONLY) $(if $(KEEP),--keep)

.PHONY: soak
soak: install ## Run game days back to back; nothing may grow or be left (MINUTES=60, SEED=…)
	@$(BIN)/python -m trials.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

.PHONY: test-wheel
test-wheel: install ## Run the tests on what the wheel holds instead of on the checkout
	@rm -rf build/wheel
	@$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	@$(BIN)/python -m zipfile -e build/wheel/*.whl build/wheel/root
	@cp -r tests trials tools docs mkdocs.yml README.md Makefile Dockerfile pyproject.toml prefect.yaml constraints.txt build/wheel/root
	@cd build/wheel/root && $(CURDIR)/$(BIN)/pytest $(or $(ONLY),-n 3 --dist loadfile) -m 'not stack and not cluster and not image and not prefect'

.PHONY: test-image
test-image: install ## Build both images with buildah and try them (minutes; IRONCLAD_TEST_PYTHON_IMAGE=…)
	@$(BIN)/pytest tests/adapters/images/test_image_build.py -m image

.PHONY: audit
audit: ## Ask advisory services about every pin, and look for secrets in every commit
	@test -x build/audit/bin/pip-audit || $(PYTHON) -m venv build/audit
	@build/audit/bin/python -m pip install --quiet 'pip-audit>=2.10,<3'
	@$(PYTHON) -m trials.audit --pip-audit build/audit/bin/pip-audit

.PHONY: kill-trials
kill-trials: install ## End game days in every way and prove that nothing is left (N=100, 25 minutes)
	@$(BIN)/python -m trials.kill --trials $(N)

.PHONY: verdict-trials
verdict-trials: N := 10
verdict-trials: install ## Hold verdicts against predictions and planted mistakes (N=10, an hour)
	@$(BIN)/python -m trials.verdict --games $(N)

.PHONY: busy-trials
busy-trials: G := 10
busy-trials: install ## Hold game days beside two busy loops for each core (G=10, 30 minutes)
	@$(BIN)/python -m trials.busy --games $(G)

.PHONY: check
check: install ## Check format, lint, strict types, import contracts and data
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check --no-cache $(CODE)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q -m data --timeout 300

.PHONY: docs
docs: install ## Build the site of docs/ into build/site, strictly and offline
	@$(BIN)/zensical build --strict

.PHONY: docs-serve
docs-serve: install ## Serve the site on 127.0.0.1:8000, and build it anew at each change
	@$(BIN)/zensical serve --dev-addr 127.0.0.1:8000

.PHONY: constraints
constraints: ## Resolve every pin afresh into constraints.txt, with uv
	@test -x build/uv/bin/python || $(PYTHON) -m venv build/uv
	@build/uv/bin/python -m pip install --quiet --upgrade uv
	@build/uv/bin/uv pip compile --quiet --universal --upgrade --no-annotate --extra dev --extra bench \
		--custom-compile-command 'make constraints' --output-file constraints.txt pyproject.toml

.PHONY: test-fresh
test-fresh: ## Install the newest of everything, without the constraints, and try it (once a week)
	@rm -rf build/fresh
	@$(PYTHON) -m venv build/fresh
	@build/fresh/bin/python -m pip install --quiet --editable '.[dev]'
	@build/fresh/bin/python -m pip check
	@build/fresh/bin/ironclad --help >/dev/null
	@build/fresh/bin/pytest -m fresh

.PHONY: install
install: .venv/installed ## Make .venv from the pinned constraints, and fetch Prometheus
	@$(IRONCLAD) fetch

.venv/installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$$($(PYTHON) -V) is too old: Ironclad needs Python 3.11 or later; name another one with make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import ensurepip; ensurepip.version()' 2>/dev/null || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	@echo "making .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

.PHONY: down
down: ## End every local stack, the Prefect server and its worker; data stays
	@if [ -x $(IRONCLAD) ]; then $(IRONCLAD) down --all; fi

.PHONY: clean
clean: ## End everything and delete every file that Ironclad made, data included
	@if [ -x $(IRONCLAD) ]; then $(IRONCLAD) down --all --delete-data; fi
	@if [ "$$(id -u)" = 0 ] && getent passwd ironclad-postgres | grep -q ':made by Ironclad:'; then userdel ironclad-postgres; fi
	@rm -rf .venv .cache reports prefect.toml build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# For those who come from Makefiles: one line each over the command line.

.PHONY: check-tools start-minikube build-backend deploy deploy-backend deploy-monitoring get-urls chaos-enable chaos-latency
check-tools: install ## Check tools and access (PLATFORM=local|kubernetes)
	@$(IRONCLAD) check --platform $(PLATFORM)
start-minikube: install ## Start a minikube that has what the stack needs
	@$(IRONCLAD) minikube start
build-backend: install ## Build the backend's image
	@$(IRONCLAD) image build
deploy: deploy-backend deploy-monitoring get-urls ## Bring the stack up and print where it listens
deploy-backend: install ## Bring up everything but monitoring
	@$(IRONCLAD) up --platform $(PLATFORM) --stage namespace --stage secret --stage postgres --stage backend
deploy-monitoring: install ## Bring up monitoring
	@$(IRONCLAD) up --platform $(PLATFORM) --stage monitoring
get-urls: install ## Print where everything listens
	@$(IRONCLAD) urls --platform $(PLATFORM)
chaos-enable: install ## Let faults be armed
	@$(IRONCLAD) chaos enable --platform $(PLATFORM)
chaos-latency: install ## Delay every request by MS milliseconds for five minutes (MS=300)
	@$(IRONCLAD) chaos latency $(MS) --platform $(PLATFORM)
