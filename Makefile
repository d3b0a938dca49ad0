# Needs Python 3.11 or newer, git and make; everything else is installed into .venv from the hash lock.
#   make gates                     make test ARGS="tests/core -x"                     make gates PYTHON=python3.13

PYTHON ?= python3
ARGS   ?=

VENV   := .venv
BIN    := $(VENV)/bin
LOCK   := requirements/dev.txt
SHIPPED := requirements/release.txt
READY  := $(VENV)/.ready
LOCKED := $(VENV)/.locked
BENCH  := $(VENV)/.bench

# Outside scanners that are no Python package; `make tools` builds them with Go, which checks them against its checksum database.
TOOLS := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 github.com/zricethezav/gitleaks/v8@v8.30.1

# Trivy is not built by version, since not every proxy lists its versions: tools/trivy names it and all that it is built from, with hashes.
TRIVY := CGO_ENABLED=0 GOEXPERIMENT=jsonv2 GOFLAGS='-mod=readonly -trimpath -buildvcs=false' go build -C tools/trivy \
  -ldflags '-s -w -X github.com/aquasecurity/trivy/pkg/version/app.ver=0.74.0'

# Wheels only: nothing from a package index runs while it is installed.
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help gates test lint format bench lock tools trivy clean

help: ## show this help
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

# deps asks a service, so it runs in .github/workflows/security.yml.
gates: $(READY) ## install what is needed, then run the gates that need no network on this repository
	$(BIN)/gates run secrets code protection commits container $(ARGS)

test: $(READY) ## install what is needed, then run the tests
	$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(READY) ## ruff, the format, the types and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## rewrite the code in the house format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

bench: $(BENCH) ## measure speed side by side with peers; takes minutes and fetches its material
	$(BIN)/python -m benchmarks.speed $(ARGS)

# A week's delay keeps a release that is found to be malicious within days out of the locks. No index address is written.
COMPILE := $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --exclude-newer '7 days' --custom-compile-command 'make lock'

lock: $(READY) ## renew requirements/*.txt; ARGS=--upgrade takes newer versions
	$(COMPILE) $(ARGS) --group dev --extra all -o $(LOCK) pyproject.toml
	$(COMPILE) $(ARGS) --extra all -c $(LOCK) -o $(SHIPPED) pyproject.toml
	$(COMPILE) $(ARGS) --group bench -c $(LOCK) -o requirements/bench.txt

tools: $(BENCH) trivy ## build the outside scanners into .tools/bin where Go is present, and say what is missing
	@if command -v go >/dev/null; then \
	  for tool in $(TOOLS); do \
	    echo "building $$tool"; \
	    GOBIN="$(CURDIR)/.tools/bin" GOFLAGS=-trimpath go install "$$tool" || echo "could not build $$tool"; \
	  done; \
	else echo "go is not installed, so nothing is built; see https://go.dev/doc/install"; fi
	@for name in actionlint gitleaks kingfisher trivy; do \
	  if [ -x ".tools/bin/$$name" ]; then echo "$$name: .tools/bin/$$name"; \
	  elif [ -x "$(BIN)/$$name" ]; then echo "$$name: $(BIN)/$$name"; \
	  elif command -v "$$name" >/dev/null; then echo "$$name: $$(command -v "$$name")"; \
	  else echo "$$name: missing; what needs it says so"; fi; \
	done

trivy: ## build Trivy into .tools/bin where Go is present: minutes once, seconds afterwards
	@if command -v go >/dev/null; then \
	  echo "building trivy"; \
	  $(TRIVY) -o "$(CURDIR)/.tools/bin/trivy" github.com/aquasecurity/trivy/cmd/trivy; \
	else echo "go is not installed, so trivy is not built; see https://go.dev/doc/install"; fi

clean: ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

# A changed lock starts from an empty environment, so that nothing which left the lock stays behind.
$(LOCKED): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is not Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --require-hashes --only-binary=:all: -r $(LOCK)
	@touch $@

# The build backend is in the lock: build isolation would fetch it without a hash.
$(READY): $(LOCKED) pyproject.toml gates/__init__.py
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(BENCH): requirements/bench.txt $(READY)
	$(PIP) install --require-hashes --only-binary=:all: -r requirements/bench.txt
	@touch $@
