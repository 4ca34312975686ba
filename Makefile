# Racemate from one place. `make` lists what there is.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 600
PREFIX ?= /usr/local
RELEASE := build/release
RACEMATE := $(RELEASE)/bin/racemate

.DEFAULT_GOAL := help
.PHONY: help demo test bench benchmarks lint format fuzz sanitize asan-ubsan tsan install build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-9s %s\n", $$1, $$2}'

build: ## the program, optimised, in build/release/bin/racemate
	@scripts/install-dependencies.sh build
	@cmake --preset release -D BUILD_TESTING=OFF --log-level=WARNING
	@cmake --build $(RELEASE) --parallel $(JOBS) --target racemate

demo: build ## install what is missing, build, compare the bundled patterns, write an HTML report
	@mkdir -p build/demo
	@$(RACEMATE) compare --html build/demo/comparison.html --json build/demo/comparison.json --csv build/demo/comparison.csv
	@echo
	@echo "The report:  $(CURDIR)/build/demo/comparison.html   (open it in a browser; it needs no network)"
	@echo "The numbers: build/demo/comparison.json and build/demo/comparison.csv"

test: ## install what is missing, build, run the whole test suite
	@scripts/install-dependencies.sh build test
	@cmake --preset release -D BUILD_TESTING=ON --log-level=WARNING
	@cmake --build $(RELEASE) --parallel $(JOBS)
	@ctest --test-dir $(RELEASE) --output-on-failure --parallel $(JOBS)

bench: benchmarks ## speed and memory, measured here and now, beside other engines (docs/benchmarks.md)
	@scripts/benchmark.py $(RELEASE)

benchmarks:
	@scripts/install-dependencies.sh build test
	@cmake --preset release -D RACEMATE_BENCHMARKS=ON --log-level=WARNING
	@cmake --build $(RELEASE) --parallel $(JOBS)

lint: ## layout, static analysis and the order of the rooms (FILES="..." for some files only)
	@scripts/install-dependencies.sh build test lint
	@scripts/lint.sh $(FILES)

format: ## lay out all code with clang-format 19
	@scripts/install-dependencies.sh lint
	@git ls-files -co --exclude-standard '*.h' '*.cc' | xargs clang-format-19 -i

fuzz: ## fuzz the parsers for FUZZ_SECONDS each (default 600)
	@scripts/install-dependencies.sh build lint
	@scripts/fuzz.sh $(FUZZ_SECONDS)

sanitize: asan-ubsan tsan ## the test suite under the address and undefined, its threaded rooms under the thread sanitizer

asan-ubsan:
	@scripts/install-dependencies.sh build test
	@cmake --preset asan-ubsan --log-level=WARNING
	@cmake --build build/asan-ubsan --parallel $(JOBS)
	@ctest --preset asan-ubsan --parallel $(JOBS)

# Rooms that run or feed threads. g++ 12's runtime cannot place its shadow memory where a kernel randomises addresses
# widely, so randomisation is off where that is allowed.
THREADED := core population engine exposure study
FIXED_ADDRESSES := $(shell setarch -R true 2>/dev/null && echo setarch -R)
empty :=
space := $(empty) $(empty)

tsan:
	@scripts/install-dependencies.sh build test
	@cmake --preset tsan --log-level=WARNING
	@$(FIXED_ADDRESSES) cmake --build build/tsan --parallel $(JOBS) --target $(THREADED:%=racemate_%_tests)
	@$(FIXED_ADDRESSES) ctest --preset tsan --parallel $(JOBS) --label-regex '^($(subst $(space),|,$(THREADED)))$$'

install: build ## install under PREFIX (default /usr/local)
	@cmake --install $(RELEASE) --prefix $(PREFIX) --component racemate
