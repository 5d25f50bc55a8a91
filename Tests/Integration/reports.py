"""Drift reports in every format, from a real daemon with real drift of every kind, judged by programs and schemas that
are not ours. `REPORTS_KEEP=DIR` keeps the files and pictures, to be looked at."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unittest
import xml.etree.ElementTree as tree
from pathlib import Path

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
        columns = [row[1] for row in self.daemon.sql("PRAGMA table_info(bucket)")]
        parts = ["'f' || substr(id, 2)" if column == "id" else "NULL" if column == "mark" else f'"{column}"'
                 for column in columns]
        names = ", ".join(f'"{column}"' for column in columns)
        self.daemon.sql(f"INSERT INTO bucket ({names}) SELECT {', '.join(parts)} FROM bucket")
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
        self.assertEqual(sorted(outcomes), ["error"] + ["failure"] * 3 + ["skipped", "system-out"])
        counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
        self.assertEqual(counts, ["6", "3", "1", "1"])
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


if __name__ == "__main__":
    missing = [program for program in ("chromium", "promtool", "xmllint") if not shutil.which(program)]
    if missing:
        sys.exit(f"{', '.join(missing)}: run .ci/setup")
    sys.exit(unittest.main(verbosity=2))
