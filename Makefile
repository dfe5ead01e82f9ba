# What a person does with this repository. `make` alone shows the list.
# Everything works on a machine that has Swift; what else is missing, Scripts/prepare installs.

.DEFAULT_GOAL := help
.PHONY: help demo run test test-unit test-real test-kubernetes fuzz soak-router bench-fairness lint bench bench-router prepare \
	build

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Watch the whole lab at work, with the real client and exporter (about a minute)
	@Scripts/prepare --test
	@Scripts/demo

run: prepare ## Run the service for real, in ./data, from a release build
	Scripts/build-release
	.build/release/jumpstarter standalone --data-dir ./data

test: ## Run every test: Swift, then the real client
	@Scripts/prepare --test
	@Scripts/test all

test-unit: prepare ## Run the Swift tests alone
	@Scripts/test unit

test-real: ## Run the tests with the real client alone
	@Scripts/prepare --test
	@Scripts/test real

test-kubernetes: ## Run the store's and the replicas' tests on the cluster of KUBECONFIG, in namespaces of their own
	@Scripts/prepare --test
	@Scripts/test kubernetes

fuzz: ## Feed every parser with random bytes, for SECONDS each (60), and keep what reaches new code
	Scripts/fuzz --keep $(or $(SECONDS),60)

soak-router: prepare ## Let tunnels come and go in one router for SECONDS (1440: a day of tokens), and look for growth
	swift build --build-tests
	JUMPSTARTER_SOAK_SECONDS=$(or $(SECONDS),1440) swift test --skip-build --filter SoakTests

bench-fairness: prepare ## Measure how much an abuser of each kind slows the tunnels of others; writes docs/performance-abuse.md
	Benchmarks/run fairness

lint: ## Check format, module borders and texts
	swift format lint --strict --parallel --recursive Sources Tests Package.swift Fuzzing/Package.swift Fuzzing/Sources/Fuzz
	Scripts/check-imports
	Scripts/check-texts

bench: prepare ## Measure the router and the scheduler
	@if [ -x Benchmarks/run ]; then Benchmarks/run; else echo "bench: there is no Benchmarks/run yet" >&2; exit 1; fi

bench-router: prepare ## Measure the router beside socat, HAProxy and nginx; writes docs/performance.md
	Benchmarks/run router

build: prepare
	swift build --build-tests

prepare:
	@Scripts/prepare
