"""The command line against a real daemon: what it says, and how it ends."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from drift import RHIZOME, Daemon, wait_for
from ports import free_port


def listens():
    return [word for name in ("s3", "web", "ldap") for word in (f"--{name}-listen", f"127.0.0.1:{free_port()}")]


class CommandLineTests(unittest.TestCase):
    def applied(self):
        daemon = Daemon("heal")
        self.addCleanup(daemon.close)
        answer = daemon.apply()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        return daemon

    def declare(self, daemon, name, text):
        (daemon.manifests / f"{name}.yaml").write_text("apiVersion: rhizome/v1\n" + text)

    def test_an_apply_with_nothing_to_do_tells_nothing_of_earlier_ones(self):
        daemon = self.applied()
        answer = daemon.apply()
        self.assertEqual(answer.returncode, 0)
        self.assertNotIn("Created", answer.stdout + answer.stderr)

    def test_a_home_that_is_looked_at_in_another_way_is_looked_at_anew(self):
        daemon = self.applied()
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text().replace("gateway: {mode: static}", "gateway: {mode: upnp}"))
        answer = daemon.apply("--timeout", "100")
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn("Could not be looked at, and is looked at again by itself: PortMapping/home.", answer.stderr)
        self.assertIn("It could not be looked at: ", daemon.run("get", "PortMapping").stdout)

    def test_an_apply_of_the_same_tells_only_its_own_work(self):
        daemon = self.applied()
        self.declare(daemon, "more", "kind: Bucket\nmetadata: {name: photos}\nspec: {}\n")
        self.assertIn("Bucket/photos Created", daemon.apply().stderr)
        self.assertEqual(daemon.run("drift").returncode, 0)
        daemon.modify_alice("preferredLanguage", "nl")
        answer = daemon.apply()
        self.assertNotIn("Bucket/photos", answer.stdout + answer.stderr)

    def test_an_answer_that_cannot_be_written_is_no_success(self):
        daemon = self.applied()
        with open("/dev/full", "w", encoding="ascii") as full:
            answer = subprocess.run([RHIZOME, "drift", "-o", "prometheus", "--data-dir", daemon.data], stdout=full,
                                    stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("the output could not be written", answer.stderr)

    def test_what_is_blocked_is_no_success(self):
        daemon = self.applied()
        self.declare(daemon, "more", "kind: Bucket\nmetadata: {name: photos}\nspec: {deletionPolicy: delete}\n")
        self.assertEqual(daemon.apply().returncode, 0)
        subprocess.run(["curl", "-fsS", "-o", "/dev/null", "--aws-sigv4", "aws:amz:garage:s3", "--user", self.owner(daemon),
                        "-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "-T", __file__,
                        f"http://127.0.0.1:{daemon.s3}/photos/file"], check=True)
        (daemon.manifests / "more.yaml").unlink()
        (daemon.manifests / "owner.yaml").unlink()
        answer = daemon.apply("--prune")
        self.assertIn("Bucket/photos", answer.stdout)
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertEqual(daemon.run("plan", "-f", daemon.manifests).returncode, 2)
        self.assertIn("False", daemon.run("get", "Bucket/photos").stdout)

    def owner(self, daemon):
        """A key that may write to the bucket, as curl wants it."""
        self.declare(daemon, "owner", "kind: AccessKey\nmetadata: {name: owner}\nspec: {}\n")
        text = (daemon.manifests / "more.yaml").read_text()
        (daemon.manifests / "more.yaml").write_text(
            text.replace("spec: {", "spec: {access: [{key: owner, permissions: [read, write]}], "))
        answer = daemon.apply()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        spec = json.loads(daemon.run("get", "AccessKey/owner", "--show-secrets", "-o", "json").stdout)[0]["spec"]
        return f"{spec['id']}:{spec['secret']}"

    def test_a_service_that_never_starts_is_given_up_waiting_for_and_leaves_nothing(self):
        daemon = self.applied()
        self.declare(daemon, "broken",
                     "kind: Service\nmetadata: {name: broken}\nspec: {run: {process: {command: [/no/such/program]}}}\n")
        answer = daemon.apply("--timeout", "2")
        self.assertEqual(answer.returncode, 1)
        self.assertLess(answer.stderr.count("Service/broken"), 5, answer.stderr)
        (daemon.manifests / "broken.yaml").unlink()
        daemon.apply()
        wait_for(lambda: daemon.drift() == ({}, 0))
        self.assertEqual(list((daemon.data / "placements").rglob("broken*")), [])

    def test_another_domain_does_not_lose_the_people(self):
        daemon = self.applied()
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text().replace("drift.example", "other.example"))
        for verb in ("plan", "apply"):
            answer = daemon.run(verb, "-f", daemon.manifests)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("otherSuffix: ", answer.stdout + answer.stderr)
            self.assertIn("baseDN", answer.stdout + answer.stderr)
        self.assertEqual(daemon.run("history", "-o", "name").stdout.split(), ["1"])

    def saved(self, daemon):
        """A plan on file that changes a quota and a name."""
        manifests = daemon.manifests / "all.yaml"
        manifests.write_text(manifests.read_text().replace("objects: 10", "objects: 20"))
        path = daemon.data.parent / "site.plan"
        answer = daemon.run("plan", "-f", daemon.manifests, "--out", path)
        self.assertEqual(answer.returncode, 2, answer.stderr)
        return path, answer.stdout

    def test_a_saved_plan_is_shown_as_it_was_and_run_as_it_was(self):
        daemon = self.applied()
        path, told = self.saved(daemon)
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertNotIn("displayName", path.read_text())
        shown = subprocess.run([RHIZOME, "show", path], capture_output=True, text=True, timeout=60)
        self.assertEqual((shown.returncode, shown.stdout), (2, told), shown.stderr)
        for form in ("json", "yaml", "markdown", "name"):
            answer = subprocess.run([RHIZOME, "show", path, "-o", form], capture_output=True, text=True, timeout=60)
            planned = daemon.run("plan", "-f", daemon.manifests, "-o", form)
            self.assertEqual((answer.returncode, answer.stdout), (2, planned.stdout), form)
        answer = daemon.run("apply", path)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        again = daemon.run("apply", path)
        self.assertEqual(again.returncode, 1)
        self.assertIn("Bucket/site was to be updated (quotas.objects), and needs nothing now", again.stderr)
        self.assertIn("declared: revision 2 was applied by", again.stderr)

    def test_a_saved_plan_names_what_has_changed_since(self):
        daemon = self.applied()
        manifests = daemon.manifests / "all.yaml"
        path, _ = self.saved(daemon)
        good = manifests.read_text()
        manifests.write_text(good.replace("objects: 20", "objects: 30"))
        answer = daemon.run("apply", path)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("declared: Bucket/site quotas.objects in", answer.stderr)
        self.assertIn("20 -> 30", answer.stderr)
        manifests.write_text(good + "# a remark\n")
        daemon.change_language("de")
        answer = daemon.run("apply", path)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("User/alice needed nothing, and is now to be updated", answer.stderr)
        self.assertIn("preferredLanguage", answer.stderr)
        self.assertEqual(daemon.run("history", "-o", "name").stdout.split(), ["1"])

    def test_a_file_that_is_no_plan_is_told_apart(self):
        daemon = self.applied()
        path, _ = self.saved(daemon)
        whole = path.read_text()
        other = Daemon("heal")
        self.addCleanup(other.close)
        answer = other.run("apply", path)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("made for another cluster", answer.stderr)
        for text, words in ((whole[:-200], "damaged"), (whole.replace('"formatVersion" : 3', '"formatVersion" : 7', 1), "version"),
                            (whole.replace('"to" : 20', '"to" : 99', 1), "somebody has changed it"),
                            (whole.replace("Bucket/site", "Bucket/si\\u001b[2Jte"), "somebody has changed it"), ("", "not a plan")):
            path.write_text(text)
            for verb in ("show", "apply"):
                answer = daemon.run(verb, path) if verb == "apply" else subprocess.run(
                    [RHIZOME, verb, path], capture_output=True, text=True, timeout=60)
                self.assertEqual(answer.returncode, 1, text[-300:])
                self.assertIn(words, answer.stderr)
                self.assertNotIn("\x1b", answer.stderr + answer.stdout)
        self.assertEqual(daemon.run("apply", path.parent / "nowhere").returncode, 1)

    def test_the_cluster_is_not_deleted_below_everything_else(self):
        daemon = self.applied()
        answer = daemon.run("delete", "Cluster/drift")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("still needed", answer.stderr)

    def test_the_words_around_an_answer(self):
        daemon = self.applied()
        version = self.alone("--version")
        self.assertEqual((version.returncode, version.stdout), (0, self.alone("version").stdout.splitlines()[0] + "\n"))
        # How the verb was called was right: what was named is not there.
        for words in (["delete", "nonsense"], ["describe", "nonsense"], ["rollback", "99"]):
            answer = daemon.run(*words)
            self.assertEqual(answer.returncode, 1)
            self.assertTrue(answer.stderr.startswith("Error: "), answer.stderr)
            self.assertNotIn("Usage:", answer.stderr)
        self.assertIn("Usage:", daemon.run("delete", "--nonsense").stderr)
        muted = daemon.run("drift", "mute", "Bucket/site", "--until", time.strftime("%Y-%m-%d", time.gmtime()), "--because", "x")
        self.assertEqual(muted.returncode, 1)
        self.assertIn("say tomorrow's date, or how long", muted.stderr)

    def on_a_terminal(self, daemon, answer, *words):
        """What a verb says to a person at a terminal who types `answer`, and how it ends."""
        leader, follower = pty.openpty()
        process = subprocess.Popen([RHIZOME, *words, "--data-dir", daemon.data], stdin=follower, stdout=follower, stderr=follower,
                                   env={**os.environ, "NO_COLOR": "1"})
        os.close(follower)
        os.write(leader, answer.encode() + b"\n")
        told = b""
        try:
            while part := os.read(leader, 65536):
                told += part
        except OSError:
            pass  # The other end is closed.
        os.close(leader)
        return told.decode().replace("\r\n", "\n"), process.wait(timeout=60)

    def test_what_takes_away_is_shown_and_asked_before_it_is_done(self):
        daemon = self.applied()
        self.declare(daemon, "more", "kind: Bucket\nmetadata: {name: photos}\nspec: {deletionPolicy: delete}\n")
        self.assertEqual(daemon.apply().returncode, 0)
        for words, what in ((["delete", "Bucket/photos"], "To delete what was named"),
                            (["rollback", "1", "--prune"], "To make cluster drift what revision 1 says")):
            told, code = self.on_a_terminal(daemon, "no", *words)
            for part in (what, "-  Bucket/photos", "Do this? [y/N]", "Nothing was done."):
                self.assertIn(part, told)
            self.assertEqual(code, 1)
            self.assertEqual(daemon.run("history", "-o", "name").stdout.split(), ["1", "2"])
            self.assertEqual(daemon.run("get", "Bucket/photos").returncode, 0)
        told, code = self.on_a_terminal(daemon, "yes", "delete", "Bucket/photos")
        self.assertEqual((code, told.count("To delete what was named")), (0, 1), told)
        self.assertIn("Deleted: it was deleted by name", told)
        self.assertIn("The folder that was applied declares Bucket/photos", told)
        self.assertNotIn("no longer declared", told)
        told, code = self.on_a_terminal(daemon, "", "rollback", "2", "--yes")
        self.assertEqual(code, 0, told)
        self.assertNotIn("Do this?", told)
        # What is refused is refused, and nobody is asked.
        told, code = self.on_a_terminal(daemon, "yes", "delete", "Bucket/nothing")
        self.assertIn("nothing carries our mark under that name", told)
        self.assertNotIn("Do this?", told)
        # Without a terminal it is done, as apply does.
        answer = daemon.run("delete", "Bucket/photos")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("-  Bucket/photos  (it was deleted by name)", answer.stdout)

    def test_a_bucket_that_was_kept_is_deleted_by_name(self):
        daemon = self.applied()
        self.declare(daemon, "more", "kind: Bucket\nmetadata: {name: attic}\nspec: {}\n")
        self.assertEqual(daemon.apply().returncode, 0)
        self.assertEqual(daemon.run("delete", "Bucket/attic").returncode, 0)
        self.assertIn("Bucket/attic", daemon.run("drift").stdout)
        answer = daemon.run("delete", "Bucket/attic")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertNotIn("Bucket/attic", daemon.run("drift").stdout)

    def test_a_folder_that_is_gone_is_asked_after_and_nothing_is_applied(self):
        daemon = self.applied()
        here = daemon.manifests
        there = here.rename(here.with_name("renamed"))
        for verb in ("apply", "plan", "validate"):
            answer = daemon.run(verb, "-f", here) if verb != "validate" else subprocess.run(
                [RHIZOME, verb, "-f", here], capture_output=True, text=True, timeout=60)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("folderRenamed: ", answer.stderr)
            self.assertIn(f"Manifests are in {there}", answer.stderr)
            self.assertNotIn("Usage", answer.stderr)
        self.assertEqual(daemon.run("history", "-o", "name").stdout.split(), ["1"])
        there.rename(here)

    def test_errors_say_what_the_system_said_of_which_file(self):
        daemon = self.applied()
        for arguments in (("adopt", "storage", "--out", "/proc/adopted"), ("agent", "--data-dir", "/proc/state")):
            answer = (daemon.run if arguments[0] == "adopt" else self.alone)(*arguments)
            self.assertEqual(answer.returncode, 1, answer.stdout)
            self.assertIn("/proc/", answer.stderr)
            for word in ("NSCocoa", "Error Domain", "Usage"):
                self.assertNotIn(word, answer.stderr)

    def test_mistakes_name_files_as_they_can_be_opened_and_names_do_no_tricks(self):
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root) / "deep" / "cluster"
            folder.mkdir(parents=True)
            (folder / "a\u202elmay.yaml").write_text("kind: Cluster\nspec: {}  # \u202e\n")
            for form in ("text", "json", "sarif"):
                answer = subprocess.run([RHIZOME, "validate", "-f", "./deep/cluster/", "-o", form], capture_output=True,
                                        text=True, timeout=60, cwd=root)
                self.assertEqual(answer.returncode, 1)
                self.assertNotIn("\u202e", answer.stdout + answer.stderr)
                if form == "text":
                    self.assertIn("deep/cluster/a\\u{202e}lmay.yaml:1:1: ", answer.stderr)
                else:
                    told = json.dumps(json.loads(answer.stdout), ensure_ascii=False)
                    self.assertRegex(told, "deep/cluster/a(\u202e|%E2%80%AE)lmay.yaml")
            (folder / "b\x1b[2J.yaml").write_text("")
            answer = self.alone("validate", "-f", folder)
            self.assertIn("b\\u{1b}[2J.yaml: the name of this file holds control characters", answer.stderr)

    def test_times_are_taken_as_people_type_them(self):
        daemon = self.applied()
        for until in ("2100-12-01", "2100-12-01T10:00Z", "2100-12-01T10:00:00Z", "2100-12-01T11:00+01:00", "2100-12-01 10:00",
                      "2100-12-01 10:00 UTC", "7d", "36h", "2w"):
            answer = daemon.run("drift", "mute", "Bucket/site", "--until", until, "--because", "known")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            if ":" in until:
                self.assertIn("2100-12-01T10:00:00Z", answer.stdout, until)
        for until in ("2100-13-01", "2100-12-01T25:00Z", "2100-12-01T10:00+1", "tomorrow", "2001-01-01"):
            self.assertEqual(daemon.run("drift", "mute", "Bucket/site", "--until", until, "--because", "x").returncode, 1, until)
        answer = daemon.run("drift", "--since", "2100-01-01")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("2100-01-01T00:00:00Z is yet to come", answer.stderr)

    def alone(self, *arguments):
        return subprocess.run([RHIZOME, *arguments], capture_output=True, text=True, timeout=60)

    def test_up_follows_a_repository_or_applies_a_folder_and_not_both(self):
        answer = self.alone("up", "--git", "https://git.example/x.git", "-f", "manifests", "--data-dir", "/nonexistent/x")
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("leave out -f", answer.stderr)

    def test_up_tells_the_mistakes_of_a_folder_and_starts_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.yaml").write_text("kind: Cluster\n")
            answer = subprocess.run([RHIZOME, "up", "-f", folder, "--data-dir", folder + "/data", *listens()],
                                    capture_output=True, text=True, timeout=30)
            self.assertEqual(answer.returncode, 1)
            self.assertIn("a.yaml:1:1", answer.stderr)
            self.assertFalse((Path(folder) / "data").exists())

    def test_every_machine_of_three_homes_plans_its_share_and_no_other(self):
        folder = Path(__file__).resolve().parents[2] / "Examples" / "three-homes"
        self.assertEqual(subprocess.run([RHIZOME, "validate", "-f", folder]).returncode, 0)
        owners = {}
        for node in ("ash", "bay", "elm", "fir", "oak", "yew"):
            plan = self.planned(folder, "--node", node)
            self.assertEqual(plan.returncode, 2, plan.stderr)
            self.assertIn(f"This machine (Node/{node}) drives ", plan.stdout)
            for line in plan.stdout.splitlines():
                words = line.split()
                if len(words) > 1 and words[0] in ("+", "<=", "?") and "/" in words[1]:
                    owners.setdefault(words[1], []).append(node)
        shared = {address for address in owners if address.split("/")[0] in ("Cluster", "Zone", "Node")}
        self.assertTrue(all(len(owners[address]) == 6 for address in shared), owners)
        twice = {address for address in owners if len(owners[address]) > 1} - shared
        self.assertEqual(twice, {"Service/noticeboard"})
        self.assertEqual(owners["Bucket/site"], ["ash"])
        self.assertIn("PortMapping/court.tcp-20080", owners)

    def test_a_machine_that_is_not_named_or_not_declared_refuses_and_says_the_names(self):
        folder = Path(__file__).resolve().parents[2] / "Examples" / "three-homes"
        for options, words in (((), "--node NAME"), (("--node", "palm"), "Node/palm")):
            plan = self.planned(folder, *options)
            self.assertEqual(plan.returncode, 1)
            self.assertIn(words, plan.stderr)
            self.assertIn("ash, bay, elm, fir, oak, yew", plan.stderr)

    def planned(self, folder, *options):
        """What a daemon started with these options plans for the folder. A router is not needed: what is not known is listed too."""
        with tempfile.TemporaryDirectory(prefix="rhz-share-") as data:
            process = subprocess.Popen([RHIZOME, "agent", "--data-dir", data, *options, *listens()],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for(lambda: subprocess.run([RHIZOME, "history", "--data-dir", data],
                                                capture_output=True).returncode == 0)
                return subprocess.run([RHIZOME, "plan", "-f", folder, "--data-dir", data], capture_output=True, text=True,
                                      timeout=90)
            finally:
                process.terminate()
                process.wait(timeout=30)

    def test_a_daemon_without_manifests_stops_cleanly(self):
        with tempfile.TemporaryDirectory() as folder:
            process = subprocess.Popen([RHIZOME, "agent", "--data-dir", folder + "/data", *listens()],
                                       stderr=subprocess.PIPE, text=True)
            wait_for(lambda: (Path(folder) / "data/rhizome.sock").exists())
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, errors)

    def test_a_broken_sealing_key_is_told_at_the_start(self):
        daemon = self.applied()
        daemon.process.terminate()
        daemon.process.wait(timeout=30)
        (daemon.data / "seal.key").write_text("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n")
        answer = subprocess.run([RHIZOME, "agent", "--data-dir", daemon.data, *listens()], capture_output=True, text=True,
                                timeout=30)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("seal.key does not open", answer.stderr)
        self.assertNotIn("nonsense", answer.stderr)

    def test_a_daemon_whose_ports_are_taken_does_nothing(self):
        daemon = self.applied()
        trace = daemon.root / "trace"
        self.declare(daemon, "tracer", "kind: Service\nmetadata: {name: tracer}\nspec: {run: {process: "
                     f"{{command: [/bin/sh, -c, 'touch {trace}; exec sleep 10000']}}}}}}\n")
        self.assertEqual(daemon.apply().returncode, 0)
        wait_for(trace.exists)
        daemon.process.terminate()
        daemon.process.wait(timeout=30)
        trace.unlink()
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            answer = subprocess.run([RHIZOME, "agent", "--data-dir", daemon.data, *listens()[2:], "--s3-listen",
                                     f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=60)
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"Cannot listen on 127.0.0.1:{port}: Address already in use. Another program has the port; "
                      "another one is chosen with --s3-listen", answer.stderr)
        self.assertFalse(trace.exists(), answer.stderr)

    def test_an_address_that_this_machine_has_not_is_told_at_the_start(self):
        for option in ("--s3-listen", "--web-listen", "--ldap-listen"):
            with self.subTest(option), tempfile.TemporaryDirectory() as folder:
                # The last one counts.
                answer = subprocess.run([RHIZOME, "agent", "--data-dir", folder, *listens(), option, "192.0.2.1:4900"],
                                        capture_output=True, text=True, timeout=60)
                self.assertEqual(answer.returncode, 1)
                self.assertIn("Cannot listen on 192.0.2.1:4900: Cannot assign requested address. This machine has no such "
                              f"address; another one is chosen with {option}", answer.stderr)

    def test_a_service_whose_new_port_is_taken_is_not_ready_and_keeps_the_old_one(self):
        daemon = self.applied()
        old = free_port()
        web = "kind: Service\nmetadata: {name: web}\nspec: {run: {builtin: web}, ports: [{name: http, port: %d}]}\n"
        self.declare(daemon, "web", web % old)
        self.assertEqual(daemon.apply().returncode, 0)
        with socket.socket() as other:
            other.bind(("0.0.0.0", 0))
            other.listen()
            self.declare(daemon, "web", web % other.getsockname()[1])
            answer = daemon.apply("--timeout", "5")
            self.assertNotEqual(answer.returncode, 0, answer.stdout + answer.stderr)
            self.assertIn("Cannot listen on 0.0.0.0:", answer.stdout + answer.stderr)
            listed = daemon.run("get", "Service/web").stdout
            self.assertNotIn("It is as declared", listed)
            with socket.create_connection(("127.0.0.1", old), timeout=10):
                pass
        wait_for(lambda: "It is as declared" in daemon.run("get", "Service/web").stdout, 60)

    def test_a_directory_that_will_not_have_its_port_is_told_at_the_start(self):
        with socket.socket() as other, tempfile.TemporaryDirectory() as folder:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            answer = subprocess.run([RHIZOME, "agent", "--data-dir", folder, *listens()[:-2], "--ldap-listen",
                                     f"127.0.0.1:{port}"], capture_output=True, text=True, timeout=60)
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"Cannot listen on 127.0.0.1:{port}: Address already in use.", answer.stderr)
        self.assertIn("--ldap-listen", answer.stderr)

    def test_a_lost_master_key_is_told_and_not_replaced(self):
        daemon = self.applied()
        daemon.process.terminate()
        daemon.process.wait(timeout=30)
        (daemon.data / "master.key").unlink()
        answer = subprocess.run([RHIZOME, "agent", "--data-dir", daemon.data, *listens()], capture_output=True, text=True,
                                timeout=30)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("master.key is missing", answer.stderr)
        self.assertFalse((daemon.data / "master.key").exists())


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
