"""A restart of the daemon is nothing that anybody should notice: with real routers, asked in UPnP, in PCP and in NAT-PMP,
no port is told as gone, no router is called silent, and what the routers forward stays as it is."""

import json
import os
import sys
import time

from collective import Collective, LabError, Port, forwarded, homes, wait_for

DECLARATION = """
home oak machines=m1
home pine machines=m1 upnp=off natpmp=off
home fir machines=m1 upnp=off pcp=off
"""
#: Words that no event after a restart may have, and reasons that none may give.
ALARMS = ("no longer answers", "does not answer", "restart the router", "is gone", "no longer forwards")
REASONS = {"DriftFound", "Healed", "Created", "MappingLost", "RouterSilent", "Adopted", "Updated"}


def events(collective, node):
    answer = collective.run(node, "events", "-o", "json")
    found = [json.loads(line) for line in answer.stdout.splitlines()]
    assert found, answer.stderr
    return found


def zone(collective, node):
    answer = collective.run(node, "get", f"Zone/{node[0]}", "-o", "json")
    return json.loads(answer.stdout)[0] if answer.returncode == 0 else {}


def restart(collective, node, kills):
    if kills:
        collective.kill(node)
    else:
        collective.daemons[node].terminate()
        collective.daemons[node].wait(timeout=30)
    collective.start(node)


def watch(collective, node, seconds):
    """All that the home says of itself for a while after a start, from the first answer on."""
    wait_for(lambda: collective.answers(node), 60, f"the daemon of {node[0]} answers")
    said, deadline = [], time.monotonic() + seconds
    while time.monotonic() < deadline:
        said.append(json.dumps(zone(collective, node)))
        time.sleep(0.1)
    return said


def check(collective, nodes):
    for node in nodes:
        collective.start(node)
    wait_for(lambda: all(map(collective.answers, nodes)), 120, "all daemons answer")
    collective.apply([Port(f"web{number}-{home}", home, "m1", "tcp", 8443 + number, 9000 + number)
                      for home, _ in nodes for number in (0, 1)])
    for node in nodes:
        wait_for(lambda: (zone(collective, node).get("status") or {}).get("facts", {}).get("router"), 30, "the router is known")
        routes = forwarded(collective.lab, node[0])
        assert len(routes) == 2, routes
        for kills in (False, True):
            before = len(events(collective, node))
            restart(collective, node, kills)
            said = watch(collective, node, 12)
            new = events(collective, node)[before:]
            for text in said + [json.dumps(event) for event in new]:
                for words in ALARMS:
                    assert words not in text, f"{node[0]} says '{words}': {text}"
            wrong = [event for event in new if event["reason"] in REASONS
                     and not event.get("address", "").startswith("Service/")]
            assert not wrong, f"{node[0]}: {json.dumps(wrong, indent=1)}"
            last = json.loads(said[-1])["status"]["facts"]
            assert "line" not in last and last["router"]["answers"] is True, last
            plan = collective.run(node, "plan", "-f", str(collective.manifests))
            assert plan.returncode == 0, plan.stdout
            assert forwarded(collective.lab, node[0]) == routes
        print(f"  {node[0]}: asked in {last['router']['method']}, two restarts, and no alarm", flush=True)


def main():
    try:
        with homes(f"restarts-{os.getpid()}", DECLARATION) as lab:
            nodes = [(home, "m1") for home in lab.layouts]
            collective = Collective(lab, nodes)
            try:
                check(collective, nodes)
            except BaseException:
                print(f"logs in {collective.root}", file=sys.stderr)
                raise
            finally:
                collective.stop()
            collective.remove()
    except LabError as error:
        raise SystemExit(f"restarts: {error}") from error
    print("restarts: 3 homes, of which nobody noticed anything")


if __name__ == "__main__":
    sys.exit(main())
