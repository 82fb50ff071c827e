# The front door. `make run` and `make test` also install what is missing (packages.txt).
BUILD ?= build

.PHONY: run test test-full build bench fuzz install setup clean

setup:
	@tools/install-packages

build: setup
	@tools/build $(BUILD)

# Builds everything and scans a demo image made on the spot (the article's my-app:1.0).
run: build
	@BULKHEAD=$(BUILD)/bulkhead tools/demo

test: setup
	@tools/run-tests

# Also what takes long or needs Go: peers as oracles, long fuzz runs.
test-full: setup
	@tools/run-tests --full

bench: build
	@bench/run

fuzz: setup
	@tools/run-fuzz $(FUZZ_SECONDS)

install: build
	@meson install -C $(BUILD)

clean:
	rm -rf build build-asan build-clang build-fuzz
