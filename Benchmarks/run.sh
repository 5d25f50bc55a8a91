#!/bin/bash
# Time and memory of planning for two sizes, each in a process of its own, and then of the daemon.
set -euo pipefail
cd "$(dirname "$0")"

swift build -c release --product RhizomeBenchmarks
for size in ${SIZES:-1000 10000}; do
  .build/release/RhizomeBenchmarks "$size"
done

cd ..
if [[ "${DAEMON:-yes}" == yes ]]; then
  swift build -c release --product rhizome
  RHIZOME="$PWD/.build/release/rhizome" "${RHIZOME_PYTHON:-python3}" Benchmarks/daemon.py
fi
