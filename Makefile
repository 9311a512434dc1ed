# drplan's chores. `make` lists them. Everything needs only Go and a Debian 12
# machine; what else is used is built or installed from here, pinned.

export CGO_ENABLED := 0
SHELL   := /bin/sh
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)

# The demo's lab: three etcd members and an S3 server on seven loopback ports
# from DEMO_PORT on, in the folder .lab.
DEMO_PORT ?= 23790
DEMO_KEYS ?= 50000
DEMO_PLAN := examples/etcd-drill/dr-plan.yaml

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: bin/drplan ## build bin/drplan
.PHONY: bin/drplan
bin/drplan:
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/drplan ./cmd/drplan

.PHONY: bin/lab
bin/lab:
	@mkdir -p bin
	$(GO) build -C lab -trimpath -o ../bin/lab ./cmd/lab

.PHONY: demo
demo: bin/drplan bin/lab ## lose a whole etcd cluster of 50,000 keys, and get it back, measured
	bin/lab up --etcd-only --dir .lab --base-port $(DEMO_PORT) --keys $(DEMO_KEYS)
	. ./.lab/env && bin/drplan run $(DEMO_PLAN) --scenario etcd_failure --param port=$(DEMO_PORT)
	@echo
	@echo 'Look closer:  bin/drplan report -o markdown     The lab is still up:  bin/lab down --dir .lab'

.PHONY: demo-cluster
demo-cluster: bin/drplan bin/lab ## lose a namespace of a real Kubernetes cluster, and get it back with Velero: needs root
	bin/lab up --name demo
	. $${XDG_STATE_HOME:-$$HOME/.local/state}/drplan-lab/demo/env && cd examples/namespace-deletion && ../../bin/drplan run --scenario accidental_deletion
	@echo
	@echo 'The cluster is still up:  bin/lab down --name demo'

# What examples/database is tested with, each with a file of it.
PACKAGES := postgresql-15=/usr/lib/postgresql/15/bin/postgres curl=/usr/bin/curl
.PHONY: packages
packages: ## install PostgreSQL and curl from Debian where they are missing: needs root
	@tools/packages.sh $(PACKAGES)

.PHONY: test
test: packages ## every test; builds real etcd, S3, Kubernetes and Velero from source on the first run
	$(GO) vet ./...
	$(GO) test -timeout 20m ./...
	cd lab && $(GO) vet ./... && $(GO) test -timeout 10m ./...
	@$(MAKE) --no-print-directory test-receivers
	@$(MAKE) --no-print-directory fuzz-short
	@$(MAKE) --no-print-directory test-cluster

# The examples that run on a real cluster: a lab of its own, taken down again.
# make test runs the first ones, without mutants; make test-lab runs everything.
ON_CLUSTER := ./examples/namespace-deletion ./examples/etcd-static-pod
# Short, for the sockets in it, whose paths may not be longer than 107 bytes.
TEST_LAB   ?= /var/tmp/drplan-test-lab
.PHONY: test-cluster
test-cluster: bin/lab ## drills on a real cluster with Velero: needs root
	@if [ "$$(id -u)" != 0 ]; then echo 'test-cluster: not run, for a kubelet needs root; as root: make test-cluster'; exit 0; fi; \
	trap 'bin/lab down --dir $(TEST_LAB)' EXIT; trap 'exit 130' INT TERM; \
	bin/lab up --dir $(TEST_LAB) && \
	DRPLAN_LAB_CLUSTER=$(TEST_LAB) DRPLAN_LAB_BREAKABLE=$(TEST_LAB) $(GO) test -short -count=1 -p 1 -timeout 25m $(ON_CLUSTER)

# What test-lab runs, in this order; of these one or some may be asked for by
# themselves, such as LAB_PARTS=./examples/migration. What came of the others stays
# on the page.
LAB_PARTS ?= lab node-agents ./steps/... ./examples/...
.PHONY: test-lab
test-lab: packages bin/lab ## everything on whole clusters, as root: takes hours
	bin/lab build
	@trap 'bin/lab down --dir $(TEST_LAB)' EXIT; trap 'exit 130' INT TERM; for part in $(LAB_PARTS); do case $$part in \
	lab) ( cd lab && DRPLAN_LAB_WHOLE=1 $(GO) test -json -count=1 -timeout 60m -run Cluster . ) ;; \
	node-agents) ( cd lab/components/node-agents && $(GO) test -json -trimpath ./... ) ;; \
	*) if bin/lab up --dir $(TEST_LAB); then \
	DRPLAN_LAB_CLUSTER=$(TEST_LAB) DRPLAN_LAB_ALONE=1 $(GO) test -json -count=1 -p 1 -timeout 240m $$part; \
	else echo '{"Action":"fail","Package":"lab up for '$$part'"}'; fi ;; \
	esac; done | $(GO) run ./tools/labresults -o docs/test-lab

# What is handed over, taken by the real receivers: a module of its own, for their
# versions are not ours.
.PHONY: test-receivers
test-receivers: ## traces and metrics, taken by a real OTLP receiver and a real Pushgateway
	cd tools/receivers && $(GO) vet ./... && $(GO) test -timeout 10m ./...

# Every fuzz test, as PACKAGE:TEST, those of the loader, the splitter and the
# journal's reader first: make test runs these for a moment. Bounded by a number
# of inputs and not by time, at whose end Go's fuzzer sometimes fails by itself.
FUZZ_SHORT := plans:FuzzLoad plans/expr:FuzzSplit journal:FuzzRead
FUZZ_ALL   := $(FUZZ_SHORT) plans/expr:FuzzCheck engine:FuzzDecodeEvent engine:FuzzReplay steps:FuzzParseDuration lint:FuzzLint
FUZZTIME   ?= 20000x
fuzz = set -e; for f in $(1); do \
	$(GO) test -run '^$$' -fuzz "^$${f\#*:}$$" -fuzztime $(2) -fuzzminimizetime 50x -timeout 20m "./$${f%:*}"; done

.PHONY: fuzz-short
fuzz-short:
	@$(call fuzz,$(FUZZ_SHORT),2000x)

.PHONY: fuzz
fuzz: ## look for inputs that break what reads and judges plans, expressions, durations, journals
	@$(call fuzz,$(FUZZ_ALL),$(FUZZTIME))

.PHONY: bench
bench: ## the benchmarks, as ratios
	$(GO) test -run '^$$' -bench . -benchtime 1x ./engine ./engine/local ./journal ./plans ./lint ./report/predict ./cmd/drplan

.PHONY: lint
lint: ## golangci-lint, built from its pinned version
	$(GO) tool -modfile=tools/golangci-lint.mod golangci-lint run ./...

.PHONY: generate
generate: ## write the JSON Schema and the reference pages again
	$(GO) generate ./...

.PHONY: clean
clean: ## stop the demo's lab, remove what was built
	@if [ -e .lab ]; then $(MAKE) bin/lab && bin/lab down --dir .lab; fi
	rm -rf bin
