#!/bin/bash
# Time and memory of planning for two sizes, each in a process of its own; then the engines against their like, and the
# daemon. Choose with SIZES="1000 5000", DIRECTORY=no, STORAGE=no, DAEMON=no,
# GIT=no, DRIFT=no, GATEWAY=no.
set -euo pipefail
cd "$(dirname "$0")"

swift build -c release --product RhizomeBenchmarks
for size in ${SIZES:-1000 10000}; do
  .build/release/RhizomeBenchmarks "$size"
done

for engine in directory storage; do
  switch=${engine^^}
  [[ "${!switch:-yes}" == yes ]] || continue
  swift build -c release --product EngineBenchmarks
  .build/release/EngineBenchmarks "$engine"
done

cd ..
make release
if [[ "${DAEMON:-yes}" == yes ]]; then
  RHIZOME="$PWD/.build/release/rhizome" "${RHIZOME_PYTHON:-python3}" Benchmarks/daemon.py
fi
if [[ "${GIT:-yes}" == yes ]]; then
  RHIZOME="$PWD/.build/release/rhizome" "${RHIZOME_PYTHON:-python3}" Benchmarks/gitbench.py
fi
if [[ "${DRIFT:-yes}" == yes ]]; then
  RHIZOME="$PWD/.build/release/rhizome" "${RHIZOME_PYTHON:-python3}" Benchmarks/driftbench.py
fi
if [[ "${GATEWAY:-yes}" == yes && "$(id -u)" == 0 ]]; then
  RHIZOME="$PWD/.build/release/rhizome" "${RHIZOME_PYTHON:-python3}" Benchmarks/gateway.py
fi
