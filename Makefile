# The commands of this repository. `make test` is exactly what CI runs.

SHELL := /bin/bash
TOOLS := $(CURDIR)/.tools
GOLANGCI_LINT := $(TOOLS)/golangci-lint
GOLANGCI_LINT_VERSION := v2.15.0
STAGE := scripts/stage
# What these simulate in one goroutine is shortened under the race detector (-short),
# which can find nothing in it, and run in full without.
SIMULATIONS := ./internal/audit/evidence ./internal/graph ./internal/orgfile
# A browser at work needs the processors for itself; what it visits is another process,
# in which the race detector would find nothing.
JOURNEYS := ./internal/e2e/console
ARGS ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: dev
dev: ## run the whole platform on this machine; ARGS="--fresh" and others go to gatehouse-dev
	@$(MAKE) --no-print-directory web
	@echo "building gatehouse-dev" >&2
	@go build -o .dev/bin/gatehouse-dev ./cmd/gatehouse-dev
	@exec .dev/bin/gatehouse-dev $(ARGS)

.PHONY: web
web: ## build the console into web/dist, where Node.js is there; what is fresh stays
	@if command -v npm >/dev/null; then scripts/web build; else echo "there is no Node.js: this build has no console" >&2; fi

.PHONY: test
test: ## everything CI runs: lint, generated files, tests with the race detector, real clients
	@$(STAGE) prerequisites scripts/prerequisites
	@$(STAGE) lint $(MAKE) --no-print-directory lint
	@$(STAGE) console scripts/web check
	@$(STAGE) tests go test -race -short -vet=off -timeout 20m $$(go list ./... | grep -vF $(JOURNEYS:.%=%))
	@$(STAGE) journeys go test -vet=off -timeout 12m $(JOURNEYS)
	@$(STAGE) simulations go test -vet=off -timeout 5m $(SIMULATIONS)
	@$(STAGE) fuzz scripts/fuzz turn 15s
	@$(STAGE) examples $(MAKE) --no-print-directory examples
	@awk -F ' *[|] *' '/^## Not run/ { on = 1 } on && NF == 4 && $$2 !~ /^(what|-+)$$/ { print "not run: " $$2 ": " $$3 }' docs/testing.md

.PHONY: test-fast
test-fast: ## the inner loop: tests without the race detector
	@go test -timeout 5m ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## linters, formatting, and whether go.mod is tidy
	@go mod tidy -diff
	@$(GOLANGCI_LINT) run ./...

$(GOLANGCI_LINT): Makefile
	@echo "building golangci-lint $(GOLANGCI_LINT_VERSION)"
	@GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)
	@touch $@

.PHONY: examples
examples: ## compile the examples
	@go vet ./examples/...
	@cd examples/typescript && npm ci --silent --no-audit --no-fund && npm run --silent check

.PHONY: bench
bench: ## what a call costs, as ratios against the floors of the same run
	@$(MAKE) --no-print-directory web
	@go run ./internal/bench $(ARGS)

.PHONY: soak
soak: ## the long forms of the tests; what they reported is in docs/soak.md
	@scripts/fuzz all 30s
	@go test -tags soak -run Soak -timeout 80m -count=1 -v ./internal/...
