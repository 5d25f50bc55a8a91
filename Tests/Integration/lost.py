"""Lost records, end to end with a real daemon: state.sqlite, or the whole data folder but the objects, is gone. The
cluster comes back under its own name; objects and keys are taken up as they are, people are made anew, and nothing that
nobody declares is deleted."""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest

from adopt import Box, EVERYTHING, FOUNDATION, RHIZOME
from drift import wait_for

SERVICE = """
apiVersion: rhizome/v1
kind: Service
metadata: {name: sleeper}
spec: {run: {process: {command: [/bin/sleep, "10000"]}}}
"""

UNDECLARED = """
apiVersion: rhizome/v1
kind: Bucket
metadata: {name: attic}
spec: {access: [{key: publisher, permissions: [read]}]}
"""


OPEN = """
apiVersion: rhizome/v1
kind: Service
metadata: {name: %s}
spec: {run: {builtin: %s}, ports: [{name: main, port: %d}]}
"""


class LostBox(Box):
    """A box whose daemon may be told who it is."""

    options = []

    def start(self):
        listens = [word for name in ("s3", "web", "ldap")
                   for word in (f"--{name}-listen", f"127.0.0.1:{getattr(self, name)}")]
        self.command = [RHIZOME, "agent", "--data-dir", self.data, *listens]
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen(self.command + self.options, stdout=log, stderr=log)
        wait_for(lambda: self.process.poll() is not None or self.run("history").returncode == 0)
        assert self.process.poll() is None, self.log()

    def close(self):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def log(self):
        return (self.root / "log").read_text(errors="replace")

    def refusal(self, *options):
        """What a daemon says that does not start."""
        answer = subprocess.run([*self.command, *options], capture_output=True, text=True, timeout=60)
        assert answer.returncode == 1, answer.stdout + answer.stderr
        return answer.stderr

    def identity(self):
        return (self.data / "cluster-id").read_text().strip()

    def lose_state(self):
        for end in ("", "-wal", "-shm"):
            (self.data / f"state.sqlite{end}").unlink(missing_ok=True)

    def lose_folder(self):
        """All but the objects and the key."""
        for path in self.data.iterdir():
            if path.name not in ("objects", "master.key"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def opened(self):
        """Services that open every engine of the program."""
        return "---".join(OPEN % (name, name, getattr(self, name)) for name in ("s3", "web", "ldap"))

    def aws(self, key, *words):
        environment = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": key["id"],
                       "AWS_SECRET_ACCESS_KEY": key["secret"], "AWS_DEFAULT_REGION": "garage", "HOME": str(self.root)}
        return subprocess.run(["aws", "--endpoint-url", f"http://127.0.0.1:{self.s3}", *words], env=environment,
                              capture_output=True, timeout=60)

    def events(self):
        return [json.loads(line) for line in self.run("events", "-o", "json").stdout.splitlines()]

    def drift(self):
        answer = self.run("drift", "-o", "json")
        return json.loads(answer.stdout)["entries"], answer.returncode


class LostRecordsTests(unittest.TestCase):
    def setUp(self):
        self.box = box = LostBox()
        self.addCleanup(box.close)
        box.write(FOUNDATION, EVERYTHING, SERVICE, UNDECLARED)
        box.apply()
        self.key = box.spec("AccessKey/publisher")
        self.password = box.spec("Secret/first")["value"]
        self.objects = {"index.html": b"<h1>plant</h1>", "large": os.urandom(3_000_000)}
        for name, body in self.objects.items():
            box.client(self.key).put_object(Bucket="site", Key=name, Body=body)
        self.id = box.identity()
        self.assertRegex(self.id, "^[0-9a-f]{16}$")
        self.assertEqual((box.data / "cluster-id").stat().st_mode & 0o777, 0o600)
        self.assertIn(self.id, box.run("version").stdout)
        box.stop()
        self.before = box.bytes(), box.rows()

    def check_recovery(self, reason, orphans=()):
        box = self.box
        self.assertEqual(box.identity(), self.id)
        told = [event for event in box.events() if event["reason"] == reason]
        self.assertEqual(len(told), 1, box.events())
        self.assertIn(self.id, told[0]["message"])
        plan, _ = box.plan()
        verbs = {action["address"]: action["verb"] for action in plan["actions"]}
        self.assertNotIn("blocked", verbs.values(), plan)
        self.assertNotIn("delete", verbs.values(), plan)
        for address in ("Bucket/site", "AccessKey/publisher", "Grant/site.publisher"):
            self.assertEqual(verbs[address], "adopt", plan)
        for address in ("User/alice", "Group/admins"):
            self.assertEqual(verbs[address], "create", plan)
        box.apply()
        self.assertEqual((box.bytes(), box.rows()), self.before)
        again, code = box.plan()
        self.assertEqual((code, again["actions"]), (0, []))
        entries, code = box.drift()
        self.assertEqual(code, 2 if orphans else 0, entries)
        self.assertEqual({entry["address"] for entry in entries}, set(orphans))
        for entry in entries:
            self.assertEqual(entry["kind"], "extra")
            self.assertIn("orphan: ", entry["detail"])
        for name, body in self.objects.items():
            copied = box.aws(self.key, "s3", "cp", f"s3://site/{name}", "-")
            self.assertEqual((copied.returncode, copied.stdout), (0, body), copied.stderr)
        self.assertEqual(box.spec("AccessKey/publisher")["secret"], self.key["secret"])
        self.assertTrue(box.logs_in("alice", self.password))

    def test_without_its_records_it_comes_back_by_itself(self):
        box = self.box
        box.lose_state()
        box.start()
        self.assertIn("People, their passwords and groups, and the history were in state.sqlite", box.log())
        self.check_recovery("RecordsLost")
        # From now on it is a start like any other.
        box.stop()
        box.start()
        self.assertEqual(box.log().count("RecordsLost"), 1)
        self.assertEqual(box.plan()[1], 0)

    def test_after_a_clean_stop_each_database_is_one_file(self):
        box = self.box
        box.start()
        box.stop()
        left = {path.name: path.stat().st_size for path in box.data.rglob("*-wal")}
        self.assertEqual(sum(left.values()), 0, left)
        copy = (box.data / "state.sqlite").read_bytes()
        box.lose_state()
        (box.data / "state.sqlite").write_bytes(copy)
        (box.data / "state.sqlite").chmod(0o600)
        box.start()
        self.assertNotIn("RecordsLost", box.log())
        self.assertEqual(box.plan()[1], 0)
        self.assertTrue(box.logs_in("alice", self.password))

    def test_an_empty_file_of_records_is_not_told_as_missing(self):
        box = self.box
        box.lose_state()
        (box.data / "state.sqlite").touch(mode=0o600)
        box.start()
        self.assertIn("state.sqlite was there, but without any records", box.log())
        self.assertNotIn("was not there", box.log())
        self.check_recovery("RecordsLost")

    def test_an_open_directory_does_not_wait_for_its_own_return(self):
        box = self.box
        box.start()
        box.write(FOUNDATION, EVERYTHING, SERVICE, UNDECLARED, box.opened())
        box.apply()
        box.stop()
        for name in ("s3", "web", "ldap"):
            self.assertTrue((box.data / "placements" / "builtin" / f"{name}.placement").exists())
        self.before = box.bytes(), box.rows()
        box.lose_state()
        box.start()
        # Each look ends before anything was applied: what starts the directory waits for it.
        box.run("drift")
        began = time.monotonic()
        box.stop()
        self.assertLess(time.monotonic() - began, 10)
        box.start()
        self.check_recovery("RecordsLost")
        for name in ("s3", "web", "ldap"):
            service = json.loads(box.run("get", f"Service/{name}", "-o", "json").stdout)[0]
            self.assertEqual(service["status"]["facts"]["openPorts"], [getattr(box, name)])
        self.assertNotIn("cannot be opened", box.run("events").stdout)

    def test_without_its_folder_it_comes_back_when_told_its_name(self):
        box = self.box
        (box.manifests / "3.yaml").unlink()
        box.lose_folder()
        box.options = ["--cluster-id", self.id]
        box.start()
        self.check_recovery("IdentityGiven", orphans=["Bucket/attic", "Grant/attic.publisher"])
        # Nobody approved that they go, and declared they are taken up again.
        box.write(FOUNDATION, EVERYTHING, SERVICE, UNDECLARED)
        self.assertEqual({action["verb"] for action in box.plan()[0]["actions"]}, {"adopt"})

    def test_under_another_name_it_is_told_its_own(self):
        box = self.box
        box.lose_folder()
        (box.manifests / "3.yaml").unlink()
        box.options = ["--cluster-id", "0123456789abcdef"]
        box.start()
        self.assertNotEqual(box.identity(), self.id)
        self.assertIn(f"carries the mark of another cluster, {self.id}, and none of this one", box.log())
        plan, _ = box.plan()
        blocked = {action["address"]: action["reason"] for action in plan["actions"] if action["verb"] == "blocked"}
        way = f"start with --cluster-id {self.id} on a data folder that holds nothing but objects and the keys"
        for address in ("Bucket/site", "AccessKey/publisher"):
            self.assertIn(way, blocked[address], plan)
        applied = box.run("apply", "-f", box.manifests, "--timeout", "20")
        self.assertIn(way, applied.stdout + applied.stderr)
        foreign = {entry["address"]: entry["detail"] for entry in box.drift()[0] if entry["kind"] == "extra"}
        self.assertIn(way, foreign["Bucket/attic"])
        self.assertIn(way, {event["address"]: event["message"] for event in box.events() if "address" in event}["Bucket/site"])
        box.stop()
        # The way that it names, done as it says.
        refusal = box.refusal("--cluster-id", self.id)
        for word in (f"--cluster-id says {self.id}", f"those of the cluster {box.identity()}", "but objects, master.key, seal.key and seal.pem"):
            self.assertIn(word, refusal)
        box.lose_folder()
        box.options = ["--cluster-id", self.id]
        box.start()
        box.write(FOUNDATION, EVERYTHING, SERVICE, UNDECLARED)
        self.check_recovery("IdentityGiven")

    def test_what_contradicts_itself_is_refused_with_what_to_do(self):
        box = self.box
        file = box.data / "cluster-id"
        for text, words in (("0123456789abcdef", ["names the cluster 0123456789abcdef", f"the records of {self.id}"]),
                            ("nonsense", ["does not hold the id of a cluster", "Put it back from a copy"]),
                            ("", ["does not hold the id of a cluster"]), ("a" * 5_000, ["does not hold the id"])):
            file.write_text(text)
            refusal = box.refusal()
            for word in words:
                self.assertIn(word, refusal)
            self.assertEqual(file.read_text(), text)
        file.write_text(self.id + "\n")
        file.chmod(0o644)
        self.assertIn("chmod 600", box.refusal())
        file.unlink()
        file.symlink_to(box.data / "master.key")
        self.assertIn("symbolic link", box.refusal())
        file.unlink()
        self.assertIn("digits and letters from a to f", box.refusal("--cluster-id", "Plant"))
        # Records of an earlier version have no file beside them.
        box.start()
        self.assertEqual(box.identity(), self.id)
        self.assertEqual(box.plan()[0]["actions"], [])

    def test_beside_objects_of_ours_no_new_cluster_begins_without_a_word(self):
        box = self.box
        box.lose_folder()
        (box.manifests / "3.yaml").unlink()
        refusal = box.refusal()
        self.assertIn(f"carries the mark of the cluster {self.id}", refusal)
        self.assertIn(f"start once with --cluster-id {self.id}", refusal)
        self.assertFalse((box.data / "cluster-id").exists())
        # And as it says.
        box.options = ["--cluster-id", self.id]
        box.start()
        self.check_recovery("IdentityGiven", orphans=["Bucket/attic", "Grant/attic.publisher"])

    def test_a_lost_key_is_not_made_anew_beside_objects(self):
        box = self.box
        box.lose_folder()
        (box.data / "master.key").unlink()
        self.assertIn("master.key is missing", box.refusal("--cluster-id", self.id))

    def empty_store(self):
        """As the refusal says: on purpose."""
        (self.box.data / "objects").mkdir(mode=0o700)
        (self.box.data / "objects" / "metadata.sqlite").touch(mode=0o600)

    def test_objects_that_are_not_there_are_not_made_anew_without_a_word(self):
        box = self.box
        shutil.move(box.data / "objects", box.root / "objects")
        refusal = box.refusal()
        self.assertIn("objects/metadata.sqlite is missing", refusal)
        self.assertIn("not mounted", refusal)
        self.assertFalse((box.data / "objects").exists())
        shutil.move(box.root / "objects", box.data / "objects")
        box.start()
        box.stop()
        shutil.rmtree(box.data / "objects")
        self.empty_store()
        box.start()
        wait_for(lambda: box.plan()[1] == 0)

    def test_another_key_is_refused_before_anything_is_written(self):
        box, key = self.box, (self.box.data / "master.key").read_bytes()
        everything = {name: (box.data / name).read_bytes() for name in ("cluster-id", "key-check")}

        def under(another, *kept):
            """What is said under another key where only these are left, with nothing begun; then the right one is back."""
            (box.data / "master.key").write_bytes(another)
            refusal = box.refusal()
            self.assertIn("Put the master.key that belongs", refusal, kept)
            self.assertEqual((box.data / "state.sqlite").exists(), "state.sqlite" in kept)
            (box.data / "master.key").write_bytes(key)
            return refusal

        self.assertIn("not the key with which this cluster began", under(bytes(32), "state.sqlite"))
        (box.data / "key-check").unlink()
        self.assertIn("objects was written", under(bytes(32), "state.sqlite"))
        shutil.move(box.data / "objects", box.root / "objects")
        self.empty_store()
        self.assertIn("state.sqlite was written", under(bytes(32), "state.sqlite"))
        box.start()
        box.stop()
        shutil.rmtree(box.data / "objects")
        box.lose_state()
        self.assertIn("not the key with which this cluster began", under(bytes(32)))
        shutil.rmtree(box.data / "objects", ignore_errors=True)
        shutil.move(box.root / "objects", box.data / "objects")
        (box.data / "key-check").unlink()
        self.assertIn("objects was written", under(bytes(32)))
        for name, content in everything.items():
            self.assertEqual((box.data / name).exists(), name == "cluster-id")
        # The right key, and nothing was begun that would lock it out.
        box.start()
        self.assertEqual((box.data / "key-check").read_bytes(), everything["key-check"])
        self.check_recovery("RecordsLost")

    def test_a_lost_key_is_not_made_anew_where_a_cluster_began(self):
        box = self.box
        for name in ("cluster-id", "key-check"):
            for path in box.data.iterdir():
                if path.name != name:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
            if not (box.data / name).exists():
                (box.data / name).write_text(f"{self.id}\n")
                (box.data / name).chmod(0o600)
            self.assertIn("master.key is missing", box.refusal())
            self.assertFalse((box.data / "master.key").exists())

    def test_the_folder_is_private_from_the_first_start_on(self):
        box = self.box
        box.data.chmod(0o755)
        box.start()
        self.assertEqual(box.data.stat().st_mode & 0o777, 0o700)
        self.assertIn("its mode is 0700 now", box.log())


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(LostRecordsTests)
    if len(sys.argv) > 1:
        suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:], LostRecordsTests)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    print(f"{result.testsRun} tests of lost records ran")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
