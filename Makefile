# Kubarium's commands. Each installs what it lacks; the second time each is quick.
#
#   make run     build the site and serve it on 127.0.0.1
#   make kubarium  the native program, optimised, with the site in it: target/release/kubarium
#   make test    every check there is
#   make bench   the benchmarks
#   make profile observes in Chromium what runs first, for the module's first half (www/split.mjs)
#   make dist    the site, ready for any static host, in dist/

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
# The pinned wasm-opt before any other.
export PATH := $(CURDIR)/www/node_modules/.bin:$(HOME)/.cargo/bin:$(PATH)

PORT ?= 8080
SITE_SOURCES := $(shell git ls-files -co --exclude-standard -- src www index.html Trunk.toml Cargo.toml Cargo.lock 2>/dev/null || find src www index.html Trunk.toml Cargo.toml Cargo.lock -type f -not -path '*/node_modules/*' -not -path 'www/dist/*')

TARGET := $(or $(CARGO_TARGET_DIR),target)
# How many histories with faults are played.
SIMULATIONS ?= 300

.PHONY: run kubarium test bench profile dist tools tools-test check-style build-tests check-rust check-determinism check-site clean

run: dist
	node www/serve.mjs dist $(PORT)

kubarium: dist
	KUBARIUM_SITE=dist cargo build --release --bin kubarium

dist: tools dist/.built

# The site as a whole, and beside each file its compressed forms.
dist/.built: $(SITE_SOURCES)
	@echo '· building the site (release)'
	trunk build --release --offline --quiet
	node www/compress.mjs dist
	touch $@

# What only compiles goes first, two at a time: the last step of the site's build keeps but one core busy.
test: tools-test
	$(MAKE) --no-print-directory -j2 dist check-style build-tests
	$(MAKE) --no-print-directory check-rust check-determinism check-site

check-style:
	cargo fmt --check
	cargo clippy --quiet --all-targets -- -D warnings
	cargo clippy --quiet --target wasm32-unknown-unknown --lib --bins -- -D warnings

build-tests: check-style
	cargo test --quiet --profile play --no-run

# One native build, optimised a little: histories take longer to play than to build for.
check-rust:
	SIMULATIONS=$(SIMULATIONS) cargo test --quiet --profile play

# The same seeds and inputs give the same histories natively and in WebAssembly.
check-determinism:
	cargo build --quiet --profile play --example history
	cargo build --quiet --profile play --example history --target wasm32-unknown-unknown
	node tests/determinism.mjs $(TARGET)/play/examples/history $(TARGET)/wasm32-unknown-unknown/play/examples/history.wasm

# The page, and the page as the native program serves it.
check-site: dist
	cargo test --quiet --profile play --no-run
	KUBARIUM=$(TARGET)/play/kubarium node --test --test-reporter=spec --test-concurrency=1 tests/browser/*.test.mjs

bench: tools-test dist
	cargo bench
	node tests/browser/bench.mjs

profile: tools-test dist
	node tests/browser/profile.mjs
	node www/optimise.mjs dist
	node www/compress.mjs dist

tools:
	@.ci/tools

tools-test:
	@.ci/tools test

clean:
	rm -rf dist www/dist tests/browser/shots
	cargo clean
