#!/usr/bin/env bash
# Everything that continuous integration runs, step by step. Each step's own output is shown; the last lines count.
set -uo pipefail
cd "$(dirname "$0")/.."
export SWIFT_BACKTRACE=enable=no
export RHIZOME=$PWD/.build/debug/rhizome
export RHIZOME_PYTHON=${RHIZOME_PYTHON:-$PWD/.venv/bin/python}
export PATH="$PWD/.venv/bin:$PATH"

passed=0 failed=0 skipped=0
failures=()
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# step NAME COMMAND…: runs it, and counts it as one test.
step() {
  local name=$1 started=$SECONDS
  shift
  printf '\n== %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    failures+=("$name")
    printf 'FAILED: %s\n' "$name"
  fi
  printf '== %s: %d s\n' "$name" $((SECONDS - started))
}

# beside NAME COMMAND…: starts what only computes, at low priority, while a step waits for packets and deadlines.
beside() {
  beside_name=$1 beside_log=$results/beside
  shift
  nice -n 19 "$@" >"$beside_log" 2>&1 &
  beside_job=$!
}

# joined: waits for it, and counts it as one test.
joined() {
  wait "$beside_job"
  local status=$?
  cat "$beside_log"
  return $status
}

# count XUNIT-FILE…: adds what a runner wrote.
count() {
  read -r all bad missed < <(python3 - "$@" <<'PY'
import sys, xml.etree.ElementTree as tree
suites = [suite for path in sys.argv[1:] for suite in tree.parse(path).getroot().iter("testsuite")]
print(*(sum(int(suite.get(word, 0)) for suite in suites) for word in ("tests", "failures", "skipped")))
PY
  )
  passed=$((passed + all - bad - missed)) failed=$((failed + bad)) skipped=$((skipped + missed))
  mapfile -t -O ${#failures[@]} failures < <(python3 - "$@" <<'PY'
import sys, xml.etree.ElementTree as tree
cases = (case for path in sys.argv[1:] for case in tree.parse(path).getroot().iter("testcase"))
for case in cases:
    if case.find("failure") is not None:
        print(f"{case.get('classname')} {case.get('name')}: {case.find('failure').get('message', '')}"[:300].replace("\n", " "))
PY
  )
}

printf '== build\n'
swift build --build-tests || exit 1

# Suites that start real servers and clients, or watch the clock, run one test after the other: side by side they would
# starve each other on a small machine.
alone='^(DirectoryServer|EmbeddedDirectory|EmbeddedEngine|EmbeddedStorageDriver|FirewallDriver|GatewayDriver|LDAPDriver|NFTables|'
alone+='ObjectStore|PortControl|ProcessSupervisor|ProgramRunner|Reachability|RhizomeAPIServer|RhizomeStateStore|RouterLab|'
alone+='STUN|ServiceDrivers|UPnP)Tests\.'

# tests NAME OPTIONS…: one run of the test runner.
tests() {
  local name=$1 status=0 before=$failed
  shift
  printf '\n== %s\n' "$name"
  swift test --skip-build --xunit-output "$results/$name.xml" "$@" || status=$?
  count "$results/$name"*.xml
  [ $status = 0 ] || [ $failed -gt $before ] || { failed=$((failed + 1)) && failures+=("$name: the runner ended with $status"); }
}

tests unit --parallel --skip "$alone"
tests integration --no-parallel --filter "$alone"

step "the demonstration, with the debug build" Examples/one-box/demo.sh
step "drift, end to end" "$RHIZOME_PYTHON" Tests/Integration/drift.py
step "drift reports in every format" "$RHIZOME_PYTHON" Tests/Integration/reports.py
step "lost records, end to end" "$RHIZOME_PYTHON" Tests/Integration/lost.py
step "history, end to end" "$RHIZOME_PYTHON" Tests/Integration/history.py
step "the command line, end to end" "$RHIZOME_PYTHON" Tests/Integration/cli.py
step "changes through git, end to end" "$RHIZOME_PYTHON" Tests/Integration/git.py
beside "fuzzing the decoders" Tests/Fuzz/run.sh 60
step "the host firewall, by packets and with its seatbelt" "$RHIZOME_PYTHON" Tests/Integration/firewall.py
step "$beside_name" joined
step "kill -9 at random moments (short)" "$RHIZOME_PYTHON" Tests/Integration/torture.py --kills 10 --seed 1
if Tests/Integration/Lab/lab check; then
  step "adoption of what exists, end to end" "$RHIZOME_PYTHON" Tests/Integration/adopt.py
  step "three homes through misfortunes (short)" "$RHIZOME_PYTHON" Tests/Integration/homes.py --events 12 --seed 1
  step "a verdict for each trouble" "$RHIZOME_PYTHON" Tests/Integration/verdicts.py
  step "restarts that nobody notices" "$RHIZOME_PYTHON" Tests/Integration/restarts.py
else
  step "adoption of what exists, without a router" "$RHIZOME_PYTHON" Tests/Integration/adopt.py --no-lab
  printf 'skipped: three homes through misfortunes, a verdict for each trouble, restarts that nobody notices\n'
  skipped=$((skipped + 3))
fi
step "the benchmarks build" swift build --package-path Benchmarks

[ ${#failures[@]} = 0 ] || printf '\nFAILED: %s' "${failures[@]}"
printf '\n\n%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ]
