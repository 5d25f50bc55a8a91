"""Drift reports in every format, from a real daemon with real drift of every kind, judged by programs and schemas that
are not ours. `REPORTS_KEEP=DIR` keeps the files and pictures, to be looked at."""

import http.server
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import unittest
import xml.etree.ElementTree as tree
from pathlib import Path

import boto3
import jsonschema

from chromium import Chromium
from drift import RHIZOME, Daemon, wait_for

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "Tests/Fixtures/Schemas"
GOLDEN = ROOT / "Tests/RhizomePlannerTests/Golden"
LANGUAGE = ("User/alice", "attributes.preferredLanguage")


class World:
    """A daemon in whose engines people have been at work: a grant is gone for the second time, a user and a bucket are
    changed, the bucket's change is muted, somebody made a bucket, and the router does not answer."""

    def __init__(self):
        self.daemon = Daemon("report")
        try:
            self.make_drift(self.daemon)
        except BaseException:
            self.daemon.close()
            raise

    def make_drift(self, daemon):
        assert daemon.apply().returncode == 0
        grants = daemon.sql("SELECT * FROM access_grant")
        daemon.sql("DELETE FROM access_grant")
        daemon.run("drift")
        for row in grants:
            self.insert("access_grant", row)
        wait_for(lambda: daemon.drift() == ({}, 0))
        daemon.sql("DELETE FROM access_grant")
        daemon.change_language("t<l>h & \"co\" \\ 'x'")
        self.change_bucket()
        daemon.run("drift", "mute", "Bucket/site", "--until", "2d", "--because", "she <is> \"counting\" | 10 & more")
        daemon.write("report", "{mode: upnp, descriptionURL: 'http://127.0.0.1:9/none.xml'}")
        daemon.apply("--no-wait")
        wait_for(lambda: ("PortMapping/home.tcp-1234", None) in daemon.drift()[0])

    def insert(self, table, row):
        self.write(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row)})", row)

    def write(self, statement, values=()):
        with sqlite3.connect(self.daemon.data / "objects" / "metadata.sqlite", timeout=10) as database:
            return database.execute(statement, values).fetchall()

    def change_bucket(self):
        self.daemon.add_stranger()
        self.write("UPDATE bucket SET maximum_objects = 11 WHERE mark IS NOT NULL")

    def report(self, format, *options):
        answer = self.daemon.run("drift", "--no-refresh", "--since", "1h", "-o", format, *options)
        assert answer.returncode == 2, answer.stderr
        return answer.stdout


class ReportTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.daemon.close)
        cls.files = Path(os.environ.get("REPORTS_KEEP", cls.world.daemon.root / "reports"))
        cls.files.mkdir(exist_ok=True, parents=True)

    def keep(self, name, text):
        file = self.files / name
        file.write_text(text)
        return file

    def test_json_holds_every_kind_and_is_as_its_schema_says(self):
        schema = json.loads((ROOT / "Docs/DriftReport.schema.json").read_text())
        report = json.loads(self.keep("report.json", self.world.report("json")).read_text())
        self.assertEqual({entry["kind"] for entry in report["entries"]}, {"missing", "changed", "extra", "unknown"})
        self.assertEqual([item["entry"]["address"] for item in report["muted"]], ["Bucket/site"])
        self.assertEqual([item["ending"] for item in report["resolved"]], ["vanished"])
        missing, = [entry for entry in report["entries"] if entry["kind"] == "missing"]
        self.assertEqual((missing["address"], missing["timesSeen"]), ("Grant/site.key", 2))
        strict = self.strict(schema)
        jsonschema.Draft202012Validator.check_schema(strict)
        goldens = [json.loads(file.read_text()) for file in GOLDEN.glob("drift*.json")]
        self.assertTrue(goldens)
        for document in [report, *goldens]:
            jsonschema.Draft202012Validator(strict).validate(document)
        # A schema that lets everything pass would be worth nothing.
        for breakage in ({"formatVersion": 2}, {"entries": [{}]}, {"generatedAt": "today"}):
            self.assertFalse(jsonschema.Draft202012Validator(schema).is_valid({**report, **breakage}), breakage)

    def strict(self, schema):
        """The same schema, refusing fields that it does not name: none may be forgotten in it."""
        if isinstance(schema, list):
            return [self.strict(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        inner = {name: self.strict(item) for name, item in schema.items()}
        return {**inner, "additionalProperties": False} if schema.get("type") == "object" else inner

    def test_sarif_is_valid_by_the_schema_of_oasis(self):
        schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())
        report = json.loads(self.keep("report.sarif", self.world.report("sarif")).read_text())
        validator = jsonschema.Draft7Validator(schema)
        validator.validate(report)
        for file in GOLDEN.glob("drift*.sarif"):
            validator.validate(json.loads(file.read_text()))
        self.assertFalse(validator.is_valid({"version": "2.1.0", "runs": [{"results": []}]}))
        results = report["runs"][0]["results"]
        self.assertEqual({result["ruleId"] for result in results if "baselineState" not in result},
                         {"drift-missing", "drift-changed", "drift-extra", "drift-unknown"})
        self.assertEqual(len([result for result in results if "suppressions" in result]), 1)
        self.assertEqual(len([result for result in results if result.get("baselineState") == "absent"]), 1)
        alice, = [result for result in results if "User/alice" in result["message"]["text"]]
        place = alice["locations"][0]["physicalLocation"]
        line = (self.world.daemon.manifests / "all.yaml").read_text().split("\n")[place["region"]["startLine"] - 1:]
        self.assertEqual(place["artifactLocation"]["uri"], "all.yaml")
        self.assertIn("alice", "".join(line[:4]))

    def test_diagnostics_are_valid_sarif_too(self):
        folder = self.files / "broken"
        folder.mkdir(exist_ok=True)
        (folder / "a.yaml").write_text("apiVersion: rhizome/v1\nkind: Bukket\nmetadata: {name: 'A B'}\nspec: {}\n")
        answer = subprocess.run([RHIZOME, "validate", "-f", folder, "-o", "sarif"], capture_output=True, text=True,
                                timeout=60)
        self.assertEqual(answer.returncode, 1)
        report = json.loads(answer.stdout)
        self.assertTrue(report["runs"][0]["results"])
        jsonschema.Draft7Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text())).validate(report)

    def test_junit_is_valid_by_the_schema_of_jenkins(self):
        file = self.keep("report.xml", self.world.report("junit"))
        for candidate in [file, *GOLDEN.glob("drift*.junit.xml")]:
            answer = self.xmllint(candidate)
            self.assertEqual(answer.returncode, 0, answer.stderr)
        suite, = tree.parse(file).getroot().iter("testsuite")
        outcomes = [child.tag for case in suite.iter("testcase") for child in case]
        # The stranger's bucket is skipped, as the muted difference is: it fails no build.
        self.assertEqual(sorted(outcomes), ["error"] + ["failure"] * 2 + ["skipped"] * 2 + ["system-out"])
        counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        self.assertEqual(counts, ["6", "2", "1", "2"])
        wrong = self.keep("wrong.xml", file.read_text().replace("testcase name=", "testcase nombre="))
        self.assertNotEqual(self.xmllint(wrong).returncode, 0)

    def xmllint(self, file):
        return subprocess.run(["xmllint", "--noout", "--nonet", "--schema", SCHEMAS / "junit-10.xsd", file],
                              capture_output=True, text=True, timeout=60)

    def test_prometheus_passes_promtool(self):
        text = self.keep("report.prom", self.world.report("prometheus")).read_text()
        for sample in [text, *(file.read_text() for file in GOLDEN.glob("drift*.prom"))]:
            answer = self.promtool(sample)
            self.assertEqual((answer.returncode, answer.stdout + answer.stderr), (0, ""))
        self.assertIn('rhizome_drift_times_seen{address="Grant/site.key",field="",kind="missing",policy="report"} 2', text)
        self.assertRegex(text, r'rhizome_drift_resolved_seconds\{address="Grant/site.key",.*ending="vanished"\} [0-9.]+')
        self.assertIn("rhizome_drift_muted_entries 1", text)
        self.assertNotEqual(self.promtool(text + "rhizome_drift{ 1\n").returncode, 0)

    def promtool(self, text):
        return subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)

    def test_the_page_reads_well_everywhere(self):
        page = self.keep("report.html", self.world.report("html"))
        calm = self.keep("calm.html", (GOLDEN / "drift-none.html").read_text())
        browser = Chromium()
        self.addCleanup(browser.close)
        for file in (page, calm):
            for width, dark in ((390, False), (1200, False), (390, True)):
                content = browser.open(file.as_uri(), width, dark=dark)
                self.assertLessEqual(content, width, "it has to be moved sideways")
                self.assertEqual(browser.requests, [file.as_uri()], "it needs something from elsewhere")
                browser.screenshot(self.files / f"{file.stem}-{width}{'-dark' if dark else ''}.png")
        browser.open(page.as_uri(), 1200)
        with_scripts = browser.text()
        browser.open(page.as_uri(), 1200, scripts=False)
        self.assertEqual(browser.text(), with_scripts)
        for word in ("Drift of drift", "Grant/site.key", "2 times", "t<l>h", "Muted", "she <is>", "Resolved", "Unknown"):
            self.assertIn(word, with_scripts)
        self.assertNotIn("<script", page.read_text())
        browser.pdf(self.files / "report.pdf")
        self.assertTrue((self.files / "report.pdf").read_bytes().startswith(b"%PDF"))
        self.assertEqual(browser.complaints, [])

    def test_the_browser_would_tell_of_a_bad_page(self):
        bad = self.keep("bad.html", '<!DOCTYPE html><script>nothing()</script><div style="width: 2000px">wide</div>')
        browser = Chromium()
        self.addCleanup(browser.close)
        self.assertGreater(browser.open(bad.as_uri(), 390), 390)
        self.assertTrue(browser.complaints)

    def test_the_table_fits_a_terminal_and_tells_all(self):
        table = self.keep("report.txt", self.world.report("table")).read_text()
        self.assertEqual([line for line in table.splitlines() if len(line) > 80], [])
        for word in ("missing", "changed", "extra", "unknown", "seen 2 times", "Muted until", "Resolved", "only reported",
                     "4 differences: 1 missing, 1 changed, 1 unknown, 1 extra."):
            self.assertIn(word, table)
        for format in ("wide", "markdown"):
            text = self.keep(f"report.{format}", self.world.report(format)).read_text()
            row, = [line for line in text.splitlines() if re.match(r"(\| )?Grant/site.key +(\| )?- ", line)]
            self.assertRegex(row, r"UTC[ |]+2[ |]+report")

    def test_names_are_addresses(self):
        self.assertIn("Grant/site.key", self.world.report("name").splitlines())


SCHEDULED = """
---
apiVersion: rhizome/v1
kind: Secret
metadata: {name: hook}
spec: {generated: {length: 24}}
---
apiVersion: rhizome/v1
kind: Bucket
metadata: {name: papers}
spec: {aliases: [papers], access: [{key: key, permissions: [read, write]}]}
"""


class Hook(http.server.BaseHTTPRequestHandler):
    """Takes what is posted; answers with the next of `server.answers`, or 204."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        code = self.server.answers.pop(0) if self.server.answers else 204
        self.server.seen.append((code, dict(self.headers), body))
        self.send_response(code)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class ScheduledTests(unittest.TestCase):
    """Reports that a daemon makes and sends by itself."""

    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        self.server.answers, self.server.seen = [], []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.daemon = Daemon("report")
        self.addCleanup(self.daemon.close)

    def declare(self, *reports):
        """Reports are declared once all the rest is there: they shall tell of what people did, not of its making."""
        manifests = self.daemon.manifests / "all.yaml"
        self.daemon.write("report")
        calm = manifests.read_text() + SCHEDULED
        listed = "".join(f"\n    - {report}" for report in reports)
        for text in (calm, calm.replace("spec: {domain: drift.example, policy: {", "spec:\n  domain: drift.example\n"
                                        f"  reports:{listed}\n  policy: {{").replace("resync: 1h}}", "resync: 1h}")):
            manifests.write_text(text)
            answer = self.daemon.apply()
            self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def secret(self, name):
        shown = self.daemon.run("get", name, "--show-secrets", "-o", "json").stdout
        return json.loads(shown)[0]["spec"]["value"]

    def hook(self, more=""):
        return f"{{webhook: {{url: 'http://127.0.0.1:{self.server.server_port}/drift?k=hidden-1', secret: hook{more}}}}}"

    def cluster_condition(self):
        status = json.loads(self.daemon.run("get", "Cluster", "-o", "json").stdout)[0]["status"]
        return {item["type"]: item for item in status["conditions"]}.get("Reported")

    def test_files_are_kept_and_the_oldest_go(self):
        self.declare("{name: page, every: 1s, format: html, to: {folder: {keep: 2}}}",
                     "{name: quiet, every: 1s, onlyWhenDrift: true, to: {folder: {}}}")
        folder = self.daemon.data / "reports/page"
        wait_for(lambda: folder.exists() and len(set(self.names(folder))) == 2)
        first = min(self.names(folder))
        wait_for(lambda: first not in self.names(folder))
        self.assertLessEqual(len(self.names(folder)), 3)
        self.assertIn("Everything is as Rhizome made it", (folder / "latest.html").read_text())
        self.assertEqual(folder.stat().st_mode & 0o077, 0)
        self.assertFalse((self.daemon.data / "reports/quiet").exists())
        self.daemon.change_language("tlh")
        wait_for(lambda: (self.daemon.data / "reports/quiet/latest.md").exists())
        self.assertIn("tlh", (self.daemon.data / "reports/quiet/latest.md").read_text())
        wait_for(lambda: (self.cluster_condition() or {}).get("state") == "True")

    def names(self, folder):
        return [file.name for file in folder.iterdir() if file.name.startswith("2")]

    def test_a_bucket_holds_an_object_for_each_time(self):
        self.declare("{name: paper, every: 1s, format: json, to: {bucket: {name: papers, prefix: drift/}}}")
        shown = self.daemon.run("get", "AccessKey/key", "--show-secrets", "-o", "json").stdout
        spec = json.loads(shown)[0]["spec"]
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.daemon.s3}", region_name="garage",
                              aws_access_key_id=spec["id"], aws_secret_access_key=spec["secret"])
        listed = lambda: client.list_objects_v2(Bucket="papers", Prefix="drift/paper/").get("Contents", [])
        wait_for(lambda: len(listed()) >= 2)
        name = listed()[0]["Key"]
        self.assertRegex(name, r"^drift/paper/20[0-9-]{8}T[0-9-]{8}Z.json$")
        answer = client.get_object(Bucket="papers", Key=name)
        self.assertEqual(answer["ContentType"], "application/json")
        schema = json.loads((ROOT / "Docs/DriftReport.schema.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(json.loads(answer["Body"].read()))

    def test_a_webhook_that_fails_is_told_and_tried_again(self):
        self.server.answers = [500, 302]
        self.declare(f"{{name: chat, every: 40s, format: json, to: {self.hook()}}}")
        wait_for(lambda: len(self.server.seen) >= 1, 60)
        wait_for(lambda: (self.cluster_condition() or {}).get("state") == "False")
        self.assertIn("answered 500", self.cluster_condition()["message"])
        self.assertIn("ReportNotDelivered", self.daemon.run("events").stdout)
        # A redirect is no delivery, and is not followed: the secret is for this place only.
        wait_for(lambda: len(self.server.seen) >= 3, 90)
        self.assertEqual([code for code, _, _ in self.server.seen[:3]], [500, 302, 204])
        wait_for(lambda: self.cluster_condition()["state"] == "True")
        self.assertIn("ReportDelivered", self.daemon.run("events").stdout)
        secret = self.secret("Secret/hook")
        for _, headers, body in self.server.seen:
            self.assertEqual((headers["Authorization"], headers["X-Rhizome-Report"]), (secret, "chat"))
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(json.loads(body)["formatVersion"], 1)
        told = (self.daemon.root / "log").read_text(errors="replace") + self.daemon.run("events", "-o", "json").stdout
        told += self.daemon.run("get", "Cluster", "-o", "json").stdout + self.daemon.run("describe", "Cluster/drift").stdout
        self.assertNotIn(secret, told)
        self.assertNotIn("hidden-1", (self.daemon.root / "log").read_text(errors="replace"))
        self.assertEqual(list((self.daemon.data / "reports").iterdir()), [])

    def test_a_webhook_that_does_not_answer_holds_up_nothing(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        self.declare(f"{{name: chat, every: 2s, to: {{webhook: {{url: '{url}', timeout: 1s}}}}}}",
                     "{name: page, every: 1s, format: html, to: {folder: {keep: 2}}}")
        wait_for(lambda: "it did not answer in time" in (self.cluster_condition() or {}).get("message", ""))
        wait_for(lambda: (self.daemon.data / "reports/page/latest.html").exists())

    def test_no_burst_after_a_restart(self):
        self.declare("{name: page, every: 3s, format: html, to: {folder: {keep: 100}}}")
        folder = self.daemon.data / "reports/page"
        wait_for(lambda: (folder / "latest.html").exists())
        self.daemon.stop()
        before = set(self.names(folder))
        stopped = time.monotonic()
        wait_for(lambda: time.monotonic() - stopped > 10)
        self.daemon.start()
        wait_for(lambda: set(self.names(folder)) - before)
        took = time.monotonic() - stopped
        # One for all that passed meanwhile, and those that came due since.
        self.assertLessEqual(len(set(self.names(folder)) - before), 1 + int((took - 10) / 3) + 1)


if __name__ == "__main__":
    missing = [program for program in ("chromium", "promtool", "xmllint") if not shutil.which(program)]
    if missing:
        sys.exit(f"{', '.join(missing)}: run .ci/setup")
    sys.exit(unittest.main(verbosity=2))
