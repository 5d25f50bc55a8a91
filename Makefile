# The few commands that matter. `make demo` shows what Rhizome does; `make test` is what continuous integration runs.
SHELL := /bin/bash
SEEDS ?= 1000
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export RHIZOME_PYTHON := $(CURDIR)/.venv/bin/python

.PHONY: setup build release demo test lint format bench simulate torture fuzz lab homes clean

setup:  ## Install what is missing.
	@.ci/setup

build:
	swift build

release:  ## One program that runs where no Swift is installed.
	swift build -c release --product rhizome --static-swift-stdlib

demo: setup release  ## The whole job on real input, in a temporary folder.
	@RHIZOME=$(CURDIR)/.build/release/rhizome Examples/one-box/demo.sh

test: setup lint  ## Everything that continuous integration runs.
	@Tests/run.sh

lint:
	swift format lint --strict --parallel --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

format:
	swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks/Package.swift Benchmarks/Sources

bench:  ## Time and memory of what design promises, with ratios measured in one run.
	@Benchmarks/run.sh

simulate:  ## make simulate SEEDS=10000
	swift run -c release --static-swift-stdlib rhizome-simulate --seeds $(SEEDS)

torture: setup release  ## Kill the daemon at 200 random moments; takes a while.
	@RHIZOME=$(CURDIR)/.build/release/rhizome $(RHIZOME_PYTHON) Tests/Integration/torture.py --kills 200

lab:  ## Three homes with real routers, as root, and a shell among them. make lab LAB=my.lab
	@Tests/Integration/Lab/lab -n lab-$$$$ shell $(LAB)

homes: setup release  ## Three homes with twenty ports through sixty misfortunes, as root; takes a while.
	@RHIZOME=$(CURDIR)/.build/release/rhizome $(RHIZOME_PYTHON) Tests/Integration/homes.py --events 60

fuzz:
	@Tests/Fuzz/run.sh 60

clean:
	rm -rf .build Benchmarks/.build
