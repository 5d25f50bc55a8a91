#!/usr/bin/env bash
# The whole job on real input, in a temporary folder: shows a plan, applies it, proves the result with tools that are
# not ours, breaks something behind Rhizome's back, shows the drift report, heals. Cleans up, and ends with 0.
set -euo pipefail
umask 077
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
export PATH="$root/.venv/bin:$PATH:/usr/sbin:/sbin"
rhizome_binary=${RHIZOME:-$root/.build/release/rhizome}
work=$(mktemp -d "${TMPDIR:-/tmp}/rhizome-demo.XXXXXX")
lab=$root/Tests/Integration/Lab/lab
agent=
home=

cleanup() {
  status=$?
  trap - EXIT INT TERM
  [ -z "$agent" ] || { kill "$agent" 2>/dev/null; wait "$agent" 2>/dev/null; } || true
  [ -z "$home" ] || "$lab" -n "$home" down >/dev/null 2>&1 || true
  if [ "$status" != 0 ] && [ -f "$work/agent.log" ]; then
    printf '\nThe demonstration failed (status %s). The end of the daemon'\''s log:\n' "$status" >&2
    tail -n 20 "$work/agent.log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

chapter() { printf '\n\033[1m%s\033[0m\n' "── $* "; }
say() { printf '%s\n' "$*"; }
# show WORDS…: prints a command as a person would type it, then runs it.
show() { printf '\n$ %s\n' "$*"; "$@"; }
fail() { printf 'demo: %s\n' "$*" >&2; exit 1; }
# expect STATUS WORDS…: shows a command, and insists on its exit code.
expect() {
  local wanted=$1 status=0
  shift
  show "$@" || status=$?
  [ "$status" = "$wanted" ] || fail "'$*' ended with $status, not $wanted"
}
# until_true SECONDS WHAT WORDS…: waits for a condition.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || fail "not in time: $what"
    sleep 0.1
  done
}
rhizome() { "$rhizome_binary" "$@"; }
free_port() { python3 "$root/Tests/Integration/ports.py"; }
# field KIND/NAME FIELD: one field of a resource's spec, secrets included.
field() {
  rhizome get "$1" --show-secrets -o json | python3 -c '
import json, sys
value = json.load(sys.stdin)[0]["spec"]
for step in sys.argv[1].split("."):
    value = value[step]
print(value)' "$2"
}
daemon_answers() { rhizome version | grep -q '^Daemon'; }
start_agent() {  # [WORDS TO RUN IT WITH --] OPTIONS…
  local with=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do with+=("$1"); shift; done
  shift
  "${with[@]}" "$rhizome_binary" agent "$@" >>"$work/agent.log" 2>&1 &
  agent=$!
  until_true 30 "the daemon answers" daemon_answers
}
stop_agent() { kill "$agent"; wait "$agent" || true; agent=; }

for tool in curl ldapwhoami ldapsearch ldapmodify aws python3; do
  command -v "$tool" >/dev/null || fail "$tool is missing; run: make setup"
done

chapter "1. A folder of manifests"
mkdir "$work/manifests"
cp "$here"/*.yaml "$work/manifests/"
s3=$(free_port) web=$(free_port) ldap=$(free_port) app=$(free_port)
# The ports of the example may be taken on this machine.
sed -i -e "s/port: 3900\b/port: $s3/" -e "s/port: 3902\b/port: $web/" -e "s/port: 3890\b/port: $ldap/" \
  -e "s/port: 8080, public/port: $app, public/" -e "s/PORT: \"8080\"/PORT: \"$app\"/" "$work"/manifests/*.yaml
export RHIZOME_DATA=$work/data NO_COLOR=1
cd "$work"
show ls manifests
expect 0 rhizome validate -f manifests
say
say "(a mistake is told with its place, before anything is touched)"
cp -r manifests broken && sed -i 's/quotas:/qoutas:/' broken/media.yaml
expect 1 rhizome validate -f broken

chapter "2. The plan, and making it true"
start_agent -- --s3-listen "127.0.0.1:$s3" --web-listen "127.0.0.1:$web" --ldap-listen "127.0.0.1:$ldap"
expect 2 rhizome plan -f manifests
expect 0 rhizome apply -f manifests
expect 0 rhizome get
expect 0 rhizome plan -f manifests

chapter "3. Proof, with tools that are not ours"
AWS_ACCESS_KEY_ID=$(field AccessKey/publisher id)
AWS_SECRET_ACCESS_KEY=$(field AccessKey/publisher secret)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=garage AWS_ENDPOINT_URL=http://127.0.0.1:$s3
export AWS_EC2_METADATA_DISABLED=true
printf '<h1>Our plants</h1>\n' >index.html
say "Storage: the aws command publishes a page, curl fetches it as a visitor would."
expect 0 aws s3 cp index.html s3://site/index.html --no-progress
expect 0 aws s3 ls s3://site
expect 0 curl -fsS -H 'Host: www.plant.example' "http://127.0.0.1:$web/"
say
say "The key of the site has no right on the other bucket:"
status=0
show aws s3 ls s3://media || status=$?
[ $status != 0 ] || fail "the key could read a bucket that it has no grant for"

base=dc=plant,dc=example
directory=ldap://127.0.0.1:$ldap
field Secret/alice-first-password value | tr -d '\n' >alice.password
say
say "Directory: alice logs in, and is found with her groups."
expect 0 ldapwhoami -x -H "$directory" -D "uid=alice,ou=users,$base" -y alice.password
expect 0 ldapsearch -x -LLL -H "$directory" -D "uid=alice,ou=users,$base" -y alice.password -b "$base" \
  '(&(objectClass=inetOrgPerson)(cn=Alice*))' cn mail memberOf

say
say "Service: the guest book runs, with its secrets and its bucket."
until_true 20 "the guest book answers" curl -fsS "http://127.0.0.1:$app/"
expect 0 curl -fsS -d 'Greetings from the demonstration' "http://127.0.0.1:$app/"
expect 0 curl -fsS "http://127.0.0.1:$app/"
say

chapter "4. A change is exactly one change"
sed -i 's/size: 100MiB/size: 200MiB/' manifests/media.yaml
expect 2 rhizome plan -f manifests
expect 0 rhizome apply -f manifests
expect 0 rhizome plan -f manifests

chapter "5. Behind Rhizome's back"
say "Somebody takes the site key's grant away, in the store's own database;"
say "alice changes a value of hers that the manifests own; a process is killed."
python3 - "$RHIZOME_DATA/objects/metadata.sqlite" <<'PY'
import sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=10) as database:
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if "grant" in name.lower()]
    print("deleted", sum(database.execute(f'DELETE FROM "{name}"').rowcount for name in tables), "grants")
PY
cat >change.ldif <<END
dn: uid=alice,ou=users,$base
changetype: modify
replace: preferredLanguage
preferredLanguage: tlh
END
expect 0 ldapmodify -x -H "$directory" -D "uid=alice,ou=users,$base" -y alice.password -f change.ldif
pid=$(rhizome get Service/guestbook -o json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["status"]["facts"]["pid"])')
kill -9 "$pid" && say "killed process $pid"
expect 2 rhizome drift
say
say "With the policy \`heal\`, what was found is put back:"
until_true 30 "everything is healed" rhizome plan -f manifests
until_true 30 "the guest book answers again" curl -fsS "http://127.0.0.1:$app/"
expect 0 rhizome plan -f manifests
expect 0 aws s3 ls s3://site
say
say "What happened is on record:"
rhizome events | tail -n 8

chapter "6. Taking something away"
rm manifests/people.yaml
cp "$here/people.yaml" "$work/people.yaml"
say "Half of the folder is gone. A seatbelt holds:"
expect 1 rhizome apply -f manifests --prune
cp people.yaml manifests/ && sed -i "s/port: 3890\b/port: $ldap/" manifests/people.yaml
rm manifests/media.yaml manifests/guestbook.yaml
expect 0 rhizome apply -f manifests --prune
expect 0 rhizome plan -f manifests
stop_agent

chapter "7. A home with a router"
if ! why=$("$lab" check 2>&1); then
  say "Skipped: this part makes a home of network namespaces with a real UPnP router, and $why"
else
  home=demo-$$
  export LAB_OWNER_PID=$$
  "$lab" -n "$home" up --text "home larch machines=laptop,phone"
  within() { "$lab" -n "$home" exec "$@"; }
  export RHIZOME_DATA=$work/home-data
  rm -rf manifests && mkdir manifests && cp "$here"/*.yaml manifests/
  sed -i 's/gateway: {mode: static}/gateway: {mode: upnp, lease: 2m}/; s/zone: home$/zone: home\n  address: 192.168.77.10/' \
    manifests/cluster.yaml
  show diff "$here/cluster.yaml" manifests/cluster.yaml || true
  start_agent "$lab" -n "$home" exec larch/laptop -- --s3-listen 127.0.0.1:3900
  expect 0 rhizome apply -f manifests
  AWS_ACCESS_KEY_ID=$(field AccessKey/publisher id) AWS_SECRET_ACCESS_KEY=$(field AccessKey/publisher secret) \
    AWS_ENDPOINT_URL=http://127.0.0.1:3900 within larch/laptop aws s3 cp "$work/index.html" s3://site/index.html --no-progress
  say
  say "Somebody on the internet asks the home's public address, and the router leads to the laptop:"
  show within internet curl -fsS --max-time 10 -H 'Host: www.plant.example' http://11.0.0.2:8081/
  stop_agent
fi

chapter "Done"
say "Everything above was made, proved, broken, healed and taken away again."
