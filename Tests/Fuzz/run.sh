#!/usr/bin/env bash
# Fuzzes the decoders of untrusted input: run.sh SECONDS [--keep]
#
# SECONDS are shared by all harnesses. The kept corpus and the fixtures are the seeds; what is found on the way is thrown
# away, unless --keep merges the smallest inputs that reach everything into the corpus. A finding ends the run with an error and is left in .build/findings.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:?usage: run.sh SECONDS [--keep]}
keep=${2:-}
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0
harnesses=(FuzzManifest FuzzLDAP FuzzPortControl FuzzGateway)
each=$((seconds / ${#harnesses[@]}))

echo "building ${harnesses[*]}"
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$log" "$work"' EXIT
if ! swift build -c release >"$log" 2>&1; then
  tail -n 40 "$log"
  exit 1
fi

# The manifests that tests use are good seeds.
mkdir -p "$work/fixtures" .build/findings
for file in ../Fixtures/good/*/*.y*ml ../Fixtures/bad/*/*.y*ml ../../Examples/*/*.yaml; do
  cp "$file" "$work/fixtures/$(echo "$file" | tr -c 'A-Za-z0-9\n' _)"
done

fuzz() {
  local harness=$1 corpus=corpus/$2 seeds=$3 started=$SECONDS
  mkdir -p "$work/$harness"
  # shellcheck disable=SC2086
  timeout -s KILL $((each + 60)) ".build/release/$harness" -max_total_time="$each" -timeout=20 -rss_limit_mb=2048 \
    -max_len=32768 -print_final_stats=1 -artifact_prefix=.build/findings/ "$work/$harness" "$corpus" $seeds \
    >"$log" 2>&1 || { tail -n 60 "$log"; echo "FINDING in $harness, see Tests/Fuzz/.build/findings"; exit 1; }
  echo "$harness: $(grep -o 'number_of_executed_units: *[0-9]*' "$log" | grep -o '[0-9]*$') inputs in $((SECONDS - started)) s, nothing found"
  if [ "$keep" = --keep ]; then
    mkdir -p "$work/kept"
    ".build/release/$harness" -set_cover_merge=1 "$work/kept" "$corpus" "$work/$harness" $seeds >"$log" 2>&1
    find "$corpus" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    mv "$work/kept"/* "$corpus"/
    rmdir "$work/kept"
    echo "$harness: $(ls "$corpus" | wc -l) inputs kept"
  fi
}

fuzz FuzzManifest manifest "$work/fixtures"
fuzz FuzzLDAP ldap ""
fuzz FuzzPortControl portcontrol ""
fuzz FuzzGateway gateway ""
