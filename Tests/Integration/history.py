"""What was applied, by whom, what was done for it, what lies between two revisions, and the way back; with a real daemon."""

import json
import re
import sys
import unittest

from drift import Daemon, wait_for


class HistoryTests(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon("heal")
        self.addCleanup(self.daemon.close)
        self.apply()
        manifests = self.daemon.manifests / "all.yaml"
        self.first = manifests.read_text()
        manifests.write_text(self.first.replace("objects: 10", "objects: 20").replace("Alice", "Alicia"))
        self.apply()

    def apply(self):
        answer = self.daemon.apply()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def run_json(self, *arguments):
        return json.loads(self.daemon.run(*arguments, "-o", "json").stdout)

    def test_a_revision_tells_what_was_done_for_it(self):
        detail = self.run_json("history", "show", "2")
        done = {action["address"]: action for action in detail["actions"]}
        self.assertEqual(set(done), {"Bucket/site", "User/alice"})
        change, = done["Bucket/site"]["changes"]
        self.assertEqual((change["path"], change["from"], change["to"]), ("quotas.objects", 10, 20))
        self.assertRegex(done["Bucket/site"]["startedAt"], r"^20\d\d-.*Z$")
        self.assertGreaterEqual(done["Bucket/site"]["duration"], 0)
        self.assertNotIn("error", done["Bucket/site"])
        self.assertEqual(detail["revision"]["counts"], {"update": 2})
        page = self.daemon.run("history", "show", "2").stdout
        self.assertIn("quotas.objects: 10 -> 20", page)
        self.assertIn("2 update", self.daemon.run("history").stdout)

    def test_secrets_are_not_in_the_history(self):
        secret = self.run_json("get", "Secret/first", "--show-secrets")[0]["spec"]["value"]
        key = self.run_json("get", "AccessKey/key", "--show-secrets")[0]["spec"]["secret"]
        told = self.daemon.run("history", "show", "1", "-o", "json").stdout
        told += self.daemon.run("history", "show", "1", "--files").stdout
        self.assertIn("AccessKey/key", told)
        self.assertNotIn(secret, told)
        self.assertNotIn(key, told)

    def test_a_failed_action_is_on_record(self):
        (self.daemon.manifests / "broken.yaml").write_text(
            "apiVersion: rhizome/v1\nkind: Service\nmetadata: {name: broken}\n"
            "spec: {run: {builtin: s3}, ports: [{name: s3, port: %d}]}\n" % self.daemon.ldap)
        self.assertEqual(self.daemon.apply("--timeout", "3").returncode, 1)
        failed = [action for action in self.run_json("history", "show", "3")["actions"] if "error" in action]
        self.assertEqual({action["address"] for action in failed}, {"Service/broken"})
        self.assertIn("failed", self.run_json("history")[-1]["counts"])

    def test_two_revisions_are_compared(self):
        answer = self.daemon.run("diff", "1", "2")
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn("quotas.objects: 10 -> 20", answer.stdout)
        self.assertIn("quotas.objects: 20 -> 10", self.daemon.run("diff", "2", "1").stdout)
        self.assertEqual(self.daemon.run("diff", "2", "2").returncode, 0)

    def test_the_way_back(self):
        answer = self.daemon.run("rollback", "1")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("quotas.objects: 20 -> 10", answer.stdout)
        self.assertIn("history show 1 --files", answer.stderr)
        wait_for(lambda: self.run_json("get", "Bucket/site")[0]["spec"]["quotas"]["objects"] == 10)
        numbers = [(revision["number"], revision["isCurrent"]) for revision in self.run_json("history")]
        self.assertEqual(numbers, [(1, False), (2, False), (3, True)])
        self.assertTrue(self.run_json("history")[-1]["origin"].startswith("revision 1 ("))
        # The folder still says the other thing, and an apply follows the folder.
        self.apply()
        self.assertEqual(self.run_json("get", "Bucket/site")[0]["spec"]["quotas"]["objects"], 20)

    def test_numbers_that_are_no_revisions(self):
        for arguments in (["history", "show", "99"], ["diff", "1", "99"], ["rollback", "99"], ["rollback", "0"]):
            answer = self.daemon.run(*arguments)
            self.assertEqual(answer.returncode, 1, arguments)
            self.assertRegex(answer.stderr, re.compile("no revision (99|0)"))


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=1).result
    print(f"{result.testsRun} tests of the history ran")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
