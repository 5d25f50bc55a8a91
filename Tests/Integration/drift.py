"""Drift, end to end with a real daemon: each kind of difference is reported with all its parts, and each policy does what
it says. Changes are made with tools that are not ours."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from ports import free_port

RHIZOME = os.environ.get("RHIZOME", ".build/debug/rhizome")
BASE = "dc=drift,dc=example"

MANIFESTS = """
apiVersion: rhizome/v1
kind: Cluster
metadata: {name: drift}
spec: {domain: drift.example, policy: {prune: true, drift: POLICY, resync: 1h}}
---
apiVersion: rhizome/v1
kind: Zone
metadata: {name: home}
# Nobody answers there, so that a look at the router always fails.
spec: {gateway: GATEWAY}
---
apiVersion: rhizome/v1
kind: Node
metadata: {name: box}
spec: {zone: home, address: 192.0.2.1}
---
apiVersion: rhizome/v1
kind: AccessKey
metadata: {name: key}
spec: {}
---
apiVersion: rhizome/v1
kind: Bucket
metadata: {name: site}
spec:
  quotas: {objects: 10}
  access: [{key: key, permissions: [read, write]}]
---
apiVersion: rhizome/v1
kind: Secret
metadata: {name: first}
spec: {generated: {length: 16}}
---
apiVersion: rhizome/v1
kind: User
metadata: {name: alice}
spec: {displayName: Alice, password: {secret: first}, attributes: {preferredLanguage: [fr]}}
---
apiVersion: rhizome/v1
kind: Service
metadata: {name: sleeper}
spec:
  run: {process: {command: [/bin/sleep, "10000"]}}
  ports: [{name: any, port: 1234, public: {port: 1234}}]
"""


class Daemon:
    def __init__(self, policy, gateway="{mode: static}"):
        self.folder = tempfile.TemporaryDirectory(prefix="rhz-drift-")
        self.root = Path(self.folder.name)
        self.data, self.manifests = self.root / "data", self.root / "manifests"
        self.manifests.mkdir()
        self.write(policy, gateway)
        self.ldap, self.s3 = free_port(), free_port()
        listens = ["--s3-listen", f"127.0.0.1:{self.s3}", "--web-listen", f"127.0.0.1:{free_port()}",
                   "--ldap-listen", f"127.0.0.1:{self.ldap}"]
        self.command = [RHIZOME, "agent", "--data-dir", self.data, *listens]
        self.log = open(self.root / "log", "ab")
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=self.log)
        try:
            wait_for(lambda: self.run("history").returncode == 0)
        except BaseException:
            self.close()
            raise

    def write(self, policy, gateway="{mode: static}"):
        text = MANIFESTS.replace("POLICY", policy).replace("GATEWAY", gateway)
        (self.manifests / "all.yaml").write_text(text)

    def run(self, *arguments):
        answer = subprocess.run([RHIZOME, *arguments, "--data-dir", self.data], capture_output=True, text=True, timeout=90)
        # A daemon that is gone has said why in its log, which goes with the test.
        if "the daemon went away" in answer.stderr:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=20)
            answer.stderr += f"it ended with {self.process.poll()}; its log:\n{(self.root / 'log').read_text()[-5000:]}"
        return answer

    def apply(self, *options):
        return self.run("apply", "-f", self.manifests, *options)

    def drift(self):
        """The report by address and field, and the exit code."""
        answer = self.run("drift", "-o", "json")
        report = json.loads(answer.stdout)
        assert report["formatVersion"] == 1, report
        return {(entry["address"], entry.get("field")): entry for entry in report["entries"]}, answer.returncode

    def sql(self, statement):
        with sqlite3.connect(self.data / "objects" / "metadata.sqlite", timeout=10) as database:
            return database.execute(statement).fetchall()

    def change_language(self, language):
        self.modify_alice("preferredLanguage", language)

    def change_photo(self, photo):
        self.modify_alice("jpegPhoto", photo)

    def add_stranger(self):
        """A bucket that nobody declared: a copy of ours without our mark, under an id that differs in its first digit."""
        columns = [row[1] for row in self.sql("PRAGMA table_info(bucket)")]
        other = {"id": "CASE substr(id, 1, 1) WHEN 'f' THEN 'e' ELSE 'f' END || substr(id, 2)", "mark": "NULL"}
        values = ", ".join(other.get(column, f'"{column}"') for column in columns)
        names = ", ".join(f'"{column}"' for column in columns)
        self.sql(f"INSERT INTO bucket ({names}) SELECT {values} FROM bucket")

    def modify_alice(self, attribute, value):
        secret = json.loads(self.run("get", "Secret/first", "--show-secrets", "-o", "json").stdout)[0]["spec"]["value"]
        change = (f"dn: uid=alice,ou=users,{BASE}\nchangetype: modify\nreplace: {attribute}\n"
                  f"{attribute}: {value}\n")
        password = self.root / "password"
        password.write_text(secret)
        password.chmod(0o600)
        subprocess.run(["ldapmodify", "-x", "-H", f"ldap://127.0.0.1:{self.ldap}", "-D", f"uid=alice,ou=users,{BASE}",
                        "-y", password], input=change, text=True, check=True, capture_output=True)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def close(self):
        self.stop()
        self.log.close()
        self.folder.cleanup()


def wait_for(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("not in time")
        time.sleep(0.02)


class DriftTests(unittest.TestCase):
    def daemon(self, *arguments):
        daemon = Daemon(*arguments)
        self.addCleanup(daemon.close)
        return daemon

    def applied(self, policy):
        daemon = self.daemon(policy)
        answer = daemon.apply()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertEqual(daemon.drift(), ({}, 0))
        return daemon

    def break_things(self, daemon):
        daemon.sql("DELETE FROM access_grant")
        daemon.change_language("tlh")

    def test_report_tells_everything_and_changes_nothing(self):
        daemon = self.applied("report")
        self.break_things(daemon)
        entries, code = daemon.drift()
        self.assertEqual(code, 2)
        self.assertEqual(entries["Grant/site.key", None]["kind"], "missing")
        changed = entries["User/alice", "attributes.preferredLanguage"]
        self.assertEqual(changed["kind"], "changed")
        self.assertEqual([changed[part] for part in ("desired", "prior", "observed")], [["fr"], ["fr"], ["tlh"]])
        self.assertEqual(changed["policy"], "report")
        self.assertTrue(changed["since"].endswith("Z"))
        # Looking again changes nothing, and the difference keeps the time when it was first seen.
        again, code = daemon.drift()
        self.assertEqual(code, 2)
        self.assertEqual(again["User/alice", "attributes.preferredLanguage"]["since"], changed["since"])
        self.assertEqual(daemon.sql("SELECT count(*) FROM access_grant"), [(0,)])
        # A plan does nothing about drift that is only to be reported.
        self.assertEqual(daemon.run("plan", "-f", daemon.manifests).returncode, 0)

    def test_heal_puts_things_back(self):
        daemon = self.applied("heal")
        self.break_things(daemon)
        entries, code = daemon.drift()
        self.assertEqual(code, 2)
        self.assertEqual(entries["Grant/site.key", None]["policy"], "heal")
        wait_for(lambda: daemon.drift() == ({}, 0))
        self.assertEqual(daemon.sql("SELECT count(*) FROM access_grant"), [(1,)])
        events = daemon.run("events").stdout
        self.assertIn("DriftFound", events)
        self.assertIn("DriftHealed", events)

    def test_what_went_away_is_remembered(self):
        daemon = self.applied("heal")
        for _ in range(2):
            self.break_things(daemon)
            daemon.drift()
            wait_for(lambda: daemon.drift() == ({}, 0))
        self.assertEqual(json.loads(daemon.run("drift", "-o", "json").stdout)["resolved"], [])
        report = json.loads(daemon.run("drift", "--since", "1h", "-o", "json").stdout)
        gone = [item for item in report["resolved"] if item["entry"]["address"] == "User/alice"]
        self.assertEqual([item["ending"] for item in gone], ["healed", "healed"])
        self.assertLessEqual(gone[0]["entry"]["since"], gone[0]["resolvedAt"])
        self.break_things(daemon)
        times = {entry["timesSeen"] for entry in daemon.drift()[0].values()}
        self.assertEqual(times, {3})
        self.assertIn("Resolved", daemon.run("drift", "--since", "2020-01-01").stdout)

    def test_a_mute_silences_the_report_and_nothing_else(self):
        daemon = self.applied("report")
        self.break_things(daemon)
        field = "attributes.preferredLanguage"
        self.assertNotEqual(daemon.run("drift", "mute", "User/alice", field, "--until", "2020-01-01",
                                       "--because", "late").returncode, 0)
        answer = daemon.run("drift", "mute", "User/alice", field, "--until", "2d", "--because", "she is learning it")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("she is learning it", daemon.run("drift", "mutes").stdout)
        entries, code = daemon.drift()
        self.assertEqual((set(entries), code), ({("Grant/site.key", None)}, 2))
        muted, = json.loads(daemon.run("drift", "-o", "json").stdout)["muted"]
        self.assertEqual((muted["entry"]["observed"], muted["mute"]["because"]), (["tlh"], "she is learning it"))
        answer = daemon.run("drift", "mute", "Grant/site.key", "--until", "1h", "--because", "x")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        for address, slip, words in (("Bucket/stie", None, "no Bucket/stie"),
                                     ("User/alice", "langauge", "it has displayName, givenName"),
                                     ("Bucket/site", "quotas.sise", "'quotas' has size, objects"),
                                     ("Bucket/site", "quotas.size.max", "'quotas.size' has no fields"),
                                     ("Bucket/site", "access", "becomes a Grant of its own"),
                                     ("Bucket/site", "deletionPolicy", "nothing drifts in it")):
            answer = daemon.run("drift", "mute", address, *filter(None, [slip]), "--until", "1h", "--because", "x")
            self.assertEqual(answer.returncode, 1, answer.stdout)
            self.assertIn(words, answer.stderr)
        self.assertEqual(daemon.run("drift", "mute", "Bucket/site", "--until", "1h", "--because", " ").returncode, 1)
        # A second one for the same takes the place of the first, and says so.
        answer = daemon.run("drift", "mute", "Grant/site.key", "--until", "2h", "--because", "another reason")
        for words in ("takes the place of an earlier mute", ": x\n", "another reason"):
            self.assertIn(words, answer.stdout)
        self.assertIn("in place of: until", daemon.run("events").stdout)
        self.assertEqual(daemon.drift(), ({}, 0))
        self.assertIn("No drift but what is muted", daemon.run("drift").stdout)
        self.assertIn("DriftMuted", daemon.run("events").stdout)
        self.assertEqual(daemon.run("drift", "unmute", "User/alice").returncode, 1)
        self.assertEqual(daemon.run("drift", "unmute", "User/alice", field).returncode, 0)
        self.assertEqual(set(daemon.drift()[0]), {("User/alice", field)})

    def test_each_field_has_its_own_policy(self):
        daemon = self.daemon("ignore")
        manifests = daemon.manifests / "all.yaml"
        text = manifests.read_text().replace("drift: ignore,", "drift: ignore, driftRules: ["
            "{kind: Bucket, field: quotas, drift: heal}, {kind: Bucket, field: quotas.objects, drift: report},"
            " {kind: Grant, drift: report}],")
        text = text.replace("{name: alice}", "{name: alice, annotations: {rhizome/drift-heal: attributes.jpegPhoto,"
                            " rhizome/drift-report: attributes}}").replace("[fr]}", "[fr], jpegPhoto: [hers]}")
        manifests.write_text(text.replace("quotas: {objects: 10}", "quotas: {objects: 10, size: 10KiB}"))
        answer = daemon.apply()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.break_things(daemon)
        daemon.sql("UPDATE bucket SET maximum_bytes = 1, maximum_objects = 1")
        entries, code = daemon.drift()
        self.assertEqual(code, 2)
        policies = {key: entry["policy"] for key, entry in entries.items()}
        reported = {("Grant/site.key", None): "report", ("Bucket/site", "quotas.objects"): "report",
                    ("User/alice", "attributes.preferredLanguage"): "report"}
        self.assertEqual({key: word for key, word in policies.items() if word != "heal"}, reported)
        # One field of the bucket is put back, the other is left; and so is her language when her photo is.
        wait_for(lambda: daemon.sql("SELECT maximum_bytes, maximum_objects FROM bucket") == [(10240, 1)])
        daemon.change_photo("another")
        daemon.drift()
        wait_for(lambda: set(daemon.drift()[0]) == set(reported))
        self.assertEqual(daemon.drift()[0]["User/alice", "attributes.preferredLanguage"]["observed"], ["tlh"])
        self.assertEqual(daemon.sql("SELECT count(*) FROM access_grant"), [(0,)])
        table = daemon.run("drift").stdout
        self.assertIn("quotas.objects", table)

    def test_what_nobody_wrote_is_not_to_be_there(self):
        daemon = self.applied("heal")
        publish = "UPDATE bucket SET index_document = 'index.html', maximum_bytes = 1"
        settings = "SELECT index_document, error_document, maximum_bytes, maximum_objects FROM bucket"
        daemon.sql(publish)
        # Every plan says what it would take away, before anything does.
        plan = daemon.run("plan", "-f", daemon.manifests)
        self.assertEqual(plan.returncode, 2, plan.stdout)
        for words in ("website", "index.html", "quotas.size"):
            self.assertIn(words, plan.stdout)
        entries, code = daemon.drift()
        self.assertEqual((set(entries), code), ({("Bucket/site", "website"), ("Bucket/site", "quotas.size")}, 2))
        self.assertEqual({entry["kind"] for entry in entries.values()}, {"extra"})
        self.assertEqual(entries["Bucket/site", "website"]["observed"]["index"], "index.html")
        wait_for(lambda: daemon.drift() == ({}, 0))
        self.assertEqual(daemon.sql(settings), [(None, None, None, 10)])
        # A web site that is declared, and that somebody else turns off, comes back; the quota stays as the rule says.
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text().replace("quotas: {objects: 10}", "website: {}").replace(
            "drift: heal,", "drift: heal, driftRules: [{kind: Bucket, field: quotas, drift: report}],"))
        self.assertEqual(daemon.apply().returncode, 0)
        self.assertEqual(daemon.sql(settings), [("index.html", None, None, None)])
        daemon.sql("UPDATE bucket SET index_document = NULL, maximum_objects = 3")
        entries, _ = daemon.drift()
        told = {key[1]: (entry["kind"], entry["policy"]) for key, entry in entries.items()}
        self.assertEqual(told, {"website": ("missing", "heal"), "quotas.objects": ("extra", "report")})
        wait_for(lambda: daemon.sql(settings) == [("index.html", None, None, 3)])
        wait_for(lambda: set(daemon.drift()[0]) == {("Bucket/site", "quotas.objects")})

    def test_the_exit_code_speaks_of_the_kinds_asked_for(self):
        daemon = self.applied("report")
        daemon.change_language("tlh")
        self.assertEqual(daemon.run("drift", "--fail-on", "missing", "unknown").returncode, 0)
        self.assertEqual(daemon.run("drift", "--fail-on", "changed").returncode, 2)

    def test_ignore_says_nothing_and_changes_nothing(self):
        daemon = self.applied("ignore")
        self.break_things(daemon)
        self.assertEqual(daemon.drift(), ({}, 0))
        self.assertEqual(daemon.sql("SELECT count(*) FROM access_grant"), [(0,)])
        # Whoever looks at the resource itself is not told that it is as declared.
        gone = "It is gone, and the policy says to ignore that."
        wait_for(lambda: gone in daemon.run("describe", "Grant/site.key").stdout)
        self.assertNotIn("It is as declared", daemon.run("get", "Grant/site.key", "-o", "wide").stdout)
        self.assertIn("attributes.preferredLanguage. The policy says to ignore", daemon.run("describe", "User/alice").stdout)
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text() + "---\napiVersion: rhizome/v1\nkind: AccessKey\nmetadata: {name: more}\n")
        answer = daemon.apply()
        self.assertIn("ignored by the drift policy: Grant/site.key, User/alice", answer.stdout + answer.stderr)

    def test_a_reason_is_one_line_of_plain_text(self):
        daemon = self.applied("report")
        for text, words in (("a\x1b[31mred", "control characters"), ("two\nlines", "one line"), ("  ", "say why")):
            answer = daemon.run("drift", "mute", "Bucket/site", "--until", "7d", "--because", text)
            self.assertEqual(answer.returncode, 1, answer.stdout)
            self.assertIn(words, answer.stderr)
        self.assertNotIn("\x1b", daemon.run("events").stdout)

    def test_a_password_changed_by_its_owner_is_no_drift(self):
        daemon = self.applied("report")
        secret = json.loads(daemon.run("get", "Secret/first", "--show-secrets", "-o", "json").stdout)[0]["spec"]["value"]
        old, new = daemon.root / "old", daemon.root / "new"
        old.write_text(secret)
        new.write_text("a password of her own")
        subprocess.run(["ldappasswd", "-x", "-H", f"ldap://127.0.0.1:{daemon.ldap}", "-D", f"uid=alice,ou=users,{BASE}",
                        "-y", old, "-T", new], check=True, capture_output=True)
        self.assertEqual(daemon.drift(), ({}, 0))
        self.assertEqual(self.who_am_i(daemon, new), 0)
        # A password that is declared anew takes its place; the plan says so without showing it.
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text().replace("{length: 16}", "{length: 16, generation: 2}"))
        plan = daemon.run("plan", "-f", daemon.manifests).stdout
        self.assertIn("password.cleartext: (sensitive) -> (sensitive)", plan)
        self.assertEqual(daemon.apply().returncode, 0)
        secret = json.loads(daemon.run("get", "Secret/first", "--show-secrets", "-o", "json").stdout)[0]["spec"]["value"]
        self.assertNotIn(secret, plan)
        old.write_text(secret)
        self.assertEqual([self.who_am_i(daemon, file) for file in (old, new)], [0, 49])
        self.assertEqual(daemon.run("plan", "-f", daemon.manifests).returncode, 0)

    def who_am_i(self, daemon, password):
        """The result code of a login as alice."""
        return subprocess.run(["ldapwhoami", "-x", "-H", f"ldap://127.0.0.1:{daemon.ldap}", "-D",
                               f"uid=alice,ou=users,{BASE}", "-y", password], capture_output=True).returncode

    def test_a_foreign_object_is_extra(self):
        daemon = self.applied("report")
        daemon.add_stranger()
        entries, code = daemon.drift()
        self.assertIn("extra", {entry["kind"] for entry in entries.values()})
        # It is somebody else's: told, and no drift of ours unless it was asked for.
        self.assertEqual(code, 0)
        self.assertEqual(daemon.run("drift", "--fail-on", "extra").returncode, 2)

    def test_an_orphan_counts_until_somebody_decides(self):
        daemon = self.applied("heal")
        daemon.add_stranger()
        self.assertEqual((len(daemon.drift()[0]), daemon.drift()[1]), (1, 0))
        self.assertIn('failures="0"', daemon.run("drift", "-o", "junit").stdout)
        # As if the records of a bucket of ours had been lost.
        daemon.sql("UPDATE bucket SET mark = (SELECT replace(mark, 'Bucket/site', 'Bucket/attic') FROM bucket"
                   " WHERE mark IS NOT NULL) WHERE mark IS NULL")
        entries, code = daemon.drift()
        self.assertEqual((set(entries), code), ({("Bucket/attic", None)}, 2))
        self.assertIn("orphan: ", entries["Bucket/attic", None]["detail"])
        self.assertIn('failures="1"', daemon.run("drift", "-o", "junit").stdout)
        for kinds, expected in ((("missing", "changed"), 0), (("extra",), 2)):
            self.assertEqual(daemon.run("drift", "--fail-on", *kinds).returncode, expected)
        answer = daemon.run("drift", "mute", "Bucket/attic", "--until", "7d", "--because", "Ann looks through it")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(daemon.drift(), ({}, 0))

    def test_what_was_never_made_is_told(self):
        daemon = self.applied("report")
        daemon.add_stranger()
        daemon.sql("INSERT INTO bucket_alias SELECT 'taken', id FROM bucket WHERE mark IS NULL")
        daemon.write("report", "{mode: upnp, descriptionURL: 'http://127.0.0.1:9/none.xml'}")
        with open(daemon.manifests / "all.yaml", "a") as file:
            file.write("---\napiVersion: rhizome/v1\nkind: Bucket\nmetadata: {name: taken}\n---\n"
                       "apiVersion: rhizome/v1\nkind: Service\nmetadata: {name: other}\nspec:\n"
                       "  run: {process: {command: [/bin/sleep, \"10000\"]}}\n"
                       "  ports: [{name: any, port: 1235, public: {port: 1235}}]\n")
        daemon.apply("--no-wait")
        wanted = {("PortMapping/home.tcp-1235", None), ("Bucket/taken", None)}
        wait_for(lambda: wanted <= set(daemon.drift()[0]))
        entries, code = daemon.drift()
        self.assertEqual(({entries[key]["kind"] for key in wanted}, code), ({"unknown"}, 2))
        self.assertIn("never made: it exists already", entries["Bucket/taken", None]["detail"])
        self.assertEqual(daemon.run("drift", "--no-refresh").returncode, 2)
        for form in ("table", "wide", "name", "yaml", "markdown", "html", "junit", "sarif", "prometheus"):
            text = daemon.run("drift", "-o", form).stdout
            self.assertIn("Bucket/taken", text, form)
            self.assertIn("PortMapping/home.tcp-1235", text, form)
            self.assertNotIn("No drift", text, form)

    def test_a_failed_look_is_unknown(self):
        daemon = self.applied("heal")
        daemon.write("heal", "{mode: upnp, descriptionURL: 'http://127.0.0.1:9/none.xml'}")
        daemon.apply("--no-wait")
        wait_for(lambda: ("PortMapping/home.tcp-1234", None) in daemon.drift()[0])
        entries, code = daemon.drift()
        self.assertEqual(code, 2)
        self.assertEqual(entries["PortMapping/home.tcp-1234", None]["kind"], "unknown")
        ready = json.loads(daemon.run("get", "PortMapping", "-o", "json").stdout)[0]["status"]["conditions"]
        self.assertEqual({c["type"]: c["state"] for c in ready}["Ready"], "Unknown")
        # What has nothing to do with the router is not held up.
        wait_for(lambda: "True" in daemon.run("get", "Bucket/site").stdout)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
