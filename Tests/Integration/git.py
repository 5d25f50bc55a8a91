"""Changes through git, end to end with a real daemon: real servers (git over smart HTTP behind lighttpd, and over SSH with
sshd), real signatures, and commits that nobody should apply."""

import contextlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

from ports import free_port

RHIZOME = os.environ.get("RHIZOME", ".build/debug/rhizome")
RHIZOME = str(Path(RHIZOME).resolve())
BACKEND = "/usr/lib/git-core/git-http-backend"

CLUSTER = """apiVersion: rhizome/v1
kind: Cluster
metadata: {name: plant}
spec: {domain: plant.example, policy: {prune: true, resync: 1h}}
"""
KEY = "apiVersion: rhizome/v1\nkind: AccessKey\nmetadata: {name: key}\nspec: {}\n"


def bucket(name):
    return (f"apiVersion: rhizome/v1\nkind: Bucket\nmetadata: {{name: {name}}}\n"
            "spec: {access: [{key: key, permissions: [read, write, owner]}], deletionPolicy: delete}\n")


def wait_for(holds, seconds=20, told=lambda: ""):
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not in time {told()}")
        time.sleep(0.05)
    return found


class Repository:
    """A bare repository, and a clone in which somebody works."""

    def __init__(self, root, name="infra"):
        self.root, self.work, self.bare = root, root / f"{name}-work", root / f"{name}.git"
        self.env = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_GLOBAL": "/dev/null",
                    "GIT_CONFIG_NOSYSTEM": "1", "GNUPGHOME": str(root / "gnupg")}
        self.run("init", "-q", "--bare", "-b", "main", str(self.bare), cwd=root)
        self.run("config", "http.receivepack", "true", cwd=self.bare)
        self.run("init", "-q", "-b", "main", str(self.work), cwd=root)
        for key, value in {"user.name": "Alice", "user.email": "alice@plant.example", "gc.auto": "0"}.items():
            self.run("config", key, value)
        self.write(CLUSTER + "---\n" + KEY, "base.yaml")
        self.first = self.commit("first")

    def run(self, *arguments, cwd=None, check=True, input=None):
        answer = subprocess.run(["git", *arguments], cwd=cwd or self.work, env=self.env, capture_output=True,
                                input=input, timeout=120)
        if check and answer.returncode:
            raise AssertionError(f"git {arguments}: {answer.stderr.decode()}")
        return answer.stdout.decode(errors="replace").strip()

    def write(self, text, path):
        target = self.work / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def commit(self, message, *options, push=True):
        """Commits all that is there, and pushes it; the commit's name."""
        self.run("add", "-A")
        self.run("commit", "-q", "--allow-empty", "-m", message, *options)
        if push:
            self.push()
        return self.head()

    def head(self):
        return self.run("rev-parse", "HEAD")

    def push(self, *options):
        self.run("push", "-q", *options, str(self.bare), "HEAD:refs/heads/main")

    def tree_commit(self, entries, message="made by hand"):
        """A commit on top of HEAD whose tree is made of `mode type object name` lines, whatever they say."""
        lines = b"".join(f"{mode} {kind} {name}\t{path}".encode() + b"\0" for mode, kind, name, path in entries)
        tree = self.run("mktree", "-z", "--missing", input=lines)
        commit = self.run("commit-tree", tree, "-p", "HEAD", "-m", message)
        self.run("reset", "-q", "--soft", commit)
        self.push()
        return commit

    def raw_tree(self, entries):
        """A tree object byte by byte, with names that mktree would refuse."""
        data = b"".join(mode.encode() + b" " + name.encode() + b"\0" + bytes.fromhex(object) for mode, name, object in entries)
        return self.run("hash-object", "-t", "tree", "-w", "--stdin", "--literally", input=data)

    def blob(self, data):
        return self.run("hash-object", "-w", "--stdin", input=data if isinstance(data, bytes) else data.encode())


class Daemon:
    def __init__(self, root, *options, interval=60, wait=True):
        self.root, self.data, self.log = root, root / "data", root / "daemon.log"
        self.options = [*options, "--git-interval", str(interval)] if options else []
        self.listens = [text for engine in ("s3", "web", "ldap")
                        for text in (f"--{engine}-listen", f"127.0.0.1:{free_port()}")]
        self.start(wait=wait)

    def start(self, *options, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [RHIZOME, "agent", "--data-dir", self.data, *self.listens, *(options or self.options)],
                stdout=log, stderr=log)
        if wait:
            wait_for(lambda: self.run("git", "status").returncode == 0, told=lambda: self.log.read_text())

    def run(self, *arguments):
        return subprocess.run([RHIZOME, *arguments, "--data-dir", self.data], capture_output=True, text=True, timeout=90)

    def status(self):
        return json.loads(self.run("git", "status", "-o", "json").stdout)

    def sync(self):
        return json.loads(self.run("git", "sync", "-o", "json").stdout)

    def until(self, holds, seconds=20):
        """The first status for which that holds."""
        found = {}

        def look():
            found.update(status=self.status())
            return holds(found["status"])
        wait_for(look, seconds, told=lambda: json.dumps(found.get("status"), indent=1) + self.log.read_text()[-2000:])
        return found["status"]

    def applied(self, commit, seconds=20):
        return self.until(lambda status: status.get("applied", {}).get("id") == commit, seconds)

    def refused(self, commit, rule, *words, seconds=20):
        """Waits until a commit is refused; checks the reason, and that what ran before runs on."""
        status = self.until(lambda status: status.get("refused", {}).get("commit", {}).get("id") == commit, seconds)
        refused = status["refused"]
        assert refused["rule"] == rule, status
        for word in words:
            assert word in refused["message"], (word, refused["message"])
        if "applied" in status:
            self.condemned(commit, refused)
        return status

    def condemned(self, commit, refused):
        """The Cluster says the same."""
        condition = self.synced()
        reasons = {"invalid": {"Invalid"}, "signature": {"Unsigned"}, "rewound": {"Rewound"}, "unreadable": {"Unreadable"},
                   "plan": {"PlanRefused", "WaitsForApproval"}}[refused["rule"]]
        assert condition["state"] == "False" and condition["reason"] in reasons, condition
        parts = [commit[:10], refused["message"].splitlines()[0][:200]]
        if "file" in refused:
            parts.append(refused["file"] + (f":{refused['line']}" if "line" in refused else ""))
        for part in parts:
            assert part.rstrip(".") in condition["message"], (part, condition)

    def names(self, kind="Bucket"):
        return {name for name in self.run("get", "-o", "name").stdout.split() if name.startswith(kind + "/")}

    def synced(self):
        """What the Cluster's condition says of the repository."""
        shown = json.loads(self.run("get", "Cluster/plant", "-o", "json").stdout)[0]
        return next(entry for entry in shown["status"]["conditions"] if entry["type"] == "Synced")

    def events(self):
        return self.run("events").stdout

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def kill(self):
        self.process.kill()
        self.process.wait(timeout=30)


class WebServer:
    """lighttpd with git's own smart HTTP backend; with a password where one is given."""

    def __init__(self, root, repositories, password=None):
        self.root, self.port, self.process = root, free_port(), None
        self.accesses = root / "access.log"
        auth = ""
        modules = '"mod_alias", "mod_cgi", "mod_setenv", "mod_accesslog"'
        if password:
            (root / "htpasswd").write_text(f"rhizome:{password}\n")
            modules = '"mod_auth", "mod_authn_file", ' + modules
            auth = (f'auth.backend = "plain"\nauth.backend.plain.userfile = "{root}/htpasswd"\n'
                    'auth.require = ("/" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))\n')
        (root / "lighttpd.conf").write_text(
            f'server.modules = ({modules})\nserver.document-root = "{root}"\nserver.port = {self.port}\n'
            f'server.bind = "127.0.0.1"\nserver.errorlog = "{root}/lighttpd.log"\n{auth}'
            f'accesslog.filename = "{self.accesses}"\naccesslog.format = "%r %s %{{Authorization}}i"\n'
            f'alias.url = ("/git" => "{BACKEND}")\n$HTTP["url"] =~ "^/git" {{ cgi.assign = ("" => "") }}\n'
            f'setenv.set-environment = ("GIT_PROJECT_ROOT" => "{repositories}", "GIT_HTTP_EXPORT_ALL" => "1",\n'
            f'  "HOME" => "{root}", "GIT_CONFIG_COUNT" => "1", "GIT_CONFIG_KEY_0" => "safe.directory",\n'
            '  "GIT_CONFIG_VALUE_0" => "*")\n')
        self.start()

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/lighttpd", "-D", "-f", self.root / "lighttpd.conf"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: listening(self.port), told=lambda: (self.root / "lighttpd.log").read_text())

    def url(self, name="infra"):
        return f"http://127.0.0.1:{self.port}/git/{name}.git"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class SSHServer:
    """sshd on a high port, for this user and one key, which may do nothing but git."""

    def __init__(self, root):
        self.port = free_port()
        self.folder = root / "sshd"
        self.folder.mkdir(mode=0o700)
        for name in ("host", "other", "client"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.folder / name], check=True)
        allowed = self.folder / "authorized_keys"
        allowed.write_text('restrict,command="git-shell -c \\"$SSH_ORIGINAL_COMMAND\\"" '
                           + (self.folder / "client.pub").read_text())
        allowed.chmod(0o600)
        (self.folder / "config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\nPidFile {self.folder}/pid\n"
            f"AuthorizedKeysFile {allowed}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
            "PermitRootLogin prohibit-password\nLogLevel VERBOSE\n")
        os.makedirs("/run/sshd", exist_ok=True)
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.folder / "config"], stderr=log)
        wait_for(lambda: listening(self.port), told=lambda: (self.folder / "log").read_text())

    def known_hosts(self, name="host"):
        """The line for this server, with one of its keys; `other` is one that it does not have."""
        path = self.folder / f"known-{name}"
        path.write_text(f"[127.0.0.1]:{self.port} " + (self.folder / f"{name}.pub").read_text())
        return path

    def url(self, repository):
        import getpass
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}{repository.bare}"

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


class Rude(socketserver.ThreadingTCPServer):
    """A server that misbehaves in one way."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, how):
        class Handler(socketserver.StreamRequestHandler):
            def handle(inner):
                with contextlib.suppress(OSError):
                    how(inner.connection)
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/infra.git"


class Forge(http.server.ThreadingHTTPServer):
    """What the statuses of commits are written to; takes nothing that the forges' own documentation does not.

    Forgejo and Gitea: the operation repoCreateStatus of their OpenAPI document. GitHub: "Create a commit status".
    GitLab: "Set commit pipeline status"."""

    TOKEN = "st4tus-t0ken"
    STATES = {"forgejo": {"pending", "success", "error", "failure", "warning"},
              "gitea": {"pending", "success", "error", "failure", "warning"},
              "github": {"pending", "success", "error", "failure"},
              "gitlab": {"pending", "running", "success", "failed", "canceled", "skipped"}}

    def __init__(self, kind, repository="plant/infra"):
        forge = self
        self.kind, self.repository, self.statuses, self.complaints, self.broken = kind, repository, [], [], None

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                code, answer = forge.broken or forge.take(self.path, self.headers, body)
                self.send_response(code)
                if code == 302:
                    self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *arguments):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, path, headers, body):
        try:
            sha, status = self.check(path, headers, json.loads(body))
        except (AssertionError, ValueError) as error:
            self.complaints.append(f"{path} {body!r}: {error}")
            return 422, {"message": str(error)}
        if not self.allows(headers):
            return 401, {"message": "Bad credentials"}
        self.statuses.append((sha, status["state"], status["description"]))
        return 201, {"id": len(self.statuses)}

    def allows(self, headers):
        words = {"forgejo": f"token {self.TOKEN}", "gitea": f"token {self.TOKEN}", "github": f"Bearer {self.TOKEN}"}
        if self.kind == "gitlab":
            return headers["PRIVATE-TOKEN"] == self.TOKEN
        return headers["Authorization"] == words[self.kind]

    def check(self, path, headers, status):
        owner, name = self.repository.split("/")
        root = {"forgejo": f"/api/v1/repos/{owner}/{name}", "gitea": f"/api/v1/repos/{owner}/{name}",
                "github": f"/api/v3/repos/{owner}/{name}", "gitlab": f"/api/v4/projects/{owner}%2F{name}"}[self.kind]
        match = re.fullmatch(re.escape(root) + "/statuses/([0-9a-f]{40})", path)
        assert match, "no such path"
        assert headers["Content-Type"] == "application/json", "no JSON"
        label = "name" if self.kind == "gitlab" else "context"
        assert set(status) <= {"state", "target_url", "description", label}, "unknown members"
        assert status["state"] in self.STATES[self.kind], "no such state"
        assert len(status["description"]) <= (255 if self.kind == "gitlab" else 140), "description is too long"
        assert status[label] == "rhizome", "another context"
        if self.kind == "github":
            assert headers["Accept"] == "application/vnd.github+json" and headers["User-Agent"], "headers"
        return match[1], status


class GitCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rhz-git-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.repository = Repository(self.root)

    def daemon(self, *options, **more):
        daemon = Daemon(self.root, *options, **more)
        self.addCleanup(daemon.stop)
        return daemon

    def following(self, *options, interval=1, first=None, **more):
        """A daemon that follows the bare repository as a file, and has applied its first commit."""
        self.repository.first = first or self.repository.first
        daemon = self.daemon("--git", f"file://{self.repository.bare}", *options, interval=interval, **more)
        daemon.applied(self.repository.first)
        return daemon

    def add(self, name, *options):
        self.repository.write(bucket(name), f"{name}.yaml")
        return self.repository.commit(f"add {name}", *options)

    def web(self, **options):
        server = WebServer(self.root, self.root, **options)
        self.addCleanup(server.stop)
        return server


class Following(GitCase):
    """A commit is one revision."""

    def test_over_http_a_commit_converges_within_one_interval(self):
        web = self.web(password="t0ken-s3cret")
        token = self.root / "token"
        token.write_text("t0ken-s3cret\n")
        daemon = self.daemon("--git", web.url(), "--git-token-file", token, interval=2)
        daemon.applied(self.repository.first)
        commit = self.add("photos")
        started = time.monotonic()
        status = daemon.applied(commit, seconds=10)
        wait_for(lambda: "Bucket/photos" in daemon.names())
        self.assertLess(time.monotonic() - started, 2 + 3)
        self.assertEqual(status["state"], "synced")
        newest = json.loads(daemon.run("history", "-o", "json").stdout)[-1]
        self.assertEqual(newest["author"], "Alice <alice@plant.example>")
        self.assertIn(commit, newest["origin"])
        self.assert_nowhere(daemon, "t0ken-s3cret")

    def assert_nowhere(self, daemon, secret):
        """The token is in no log, no answer, and in no file once it is not used."""
        self.assertNotIn(secret, daemon.log.read_text())
        self.assertNotIn(secret, daemon.events() + json.dumps(daemon.status()))
        daemon.stop()
        self.assertEqual({path.name for path in daemon.data.rglob("*")
                          if path.is_file() and secret.encode() in path.read_bytes()}, set())

    def test_over_ssh_with_a_key_and_a_pinned_host(self):
        ssh = SSHServer(self.root)
        self.addCleanup(ssh.stop)
        daemon = self.daemon("--git", ssh.url(self.repository), "--git-key-file", ssh.folder / "client",
                             "--git-known-hosts", ssh.known_hosts(), interval=2)
        daemon.applied(self.repository.first)
        daemon.applied(self.add("photos"), seconds=10)
        daemon.stop()
        daemon.start("--git", ssh.url(self.repository), "--git-key-file", ssh.folder / "client",
                     "--git-known-hosts", ssh.known_hosts("other"), "--git-interval", "2")
        status = daemon.until(lambda status: status["state"] == "unknown")
        self.assertIn("host key", status["failure"])
        self.assertEqual(status["applied"]["summary"], "add photos")

    def test_a_wrong_token_is_told_and_changes_nothing(self):
        web = self.web(password="right")
        token = self.root / "token"
        token.write_text("wrong")
        daemon = self.daemon("--git", web.url(), "--git-token-file", token, interval=2)
        status = daemon.until(lambda status: status["state"] == "unknown")
        self.assertIn("refuses the token", status["failure"])

    def test_what_manifests_say_ranks_above_the_start_and_outlives_a_restart(self):
        self.repository.write(
            CLUSTER.replace("resync: 1h}", f"resync: 1h}}, git: {{url: 'file://{self.repository.bare}', interval: 1s, "
                            "branch: main, path: live}") + "---\n" + KEY, "live/base.yaml")
        (self.repository.work / "base.yaml").unlink()
        commit = self.repository.commit("with a place of its own")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", "--path", "live", interval=3600)
        daemon.applied(commit)
        daemon.stop()
        daemon.start("--log-level", "info")
        self.repository.write(bucket("photos"), "live/photos.yaml")
        self.repository.write(bucket("elsewhere"), "other/elsewhere.yaml")
        daemon.applied(self.repository.commit("after the restart"))
        wait_for(lambda: daemon.names() == {"Bucket/photos"})

    def test_what_the_start_says_and_manifests_outrank_is_told(self):
        self.repository.write(
            CLUSTER.replace("resync: 1h}", f"resync: 1h}}, git: {{url: 'file://{self.repository.bare}', interval: 1h, "
                            "path: live}") + "---\n" + KEY, "live/base.yaml")
        first = self.repository.commit("with a place of its own")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", "--path", "live", interval=3600)
        daemon.applied(first)
        self.assertNotIn("outranked", daemon.status())
        daemon.stop()
        daemon.start("--git", f"file://{self.repository.bare}", "--path", "lvie", "--branch", "mian")
        status = daemon.until(lambda status: status["state"] == "synced")
        self.assertEqual(status["path"], "live")
        shown = daemon.run("git", "status").stdout
        for words in ("Without effect: --path lvie. The manifests declare the folder 'live'",
                      "Without effect: --branch mian. The manifests declare the branch 'main'"):
            self.assertIn(words, shown)
            self.assertIn(words, daemon.log.read_text())

    def test_how_to_follow_is_nothing_without_what(self):
        for options in (("--path", "live"), ("--branch", "next"), ("--git-interval", "5"), ("--git-token-file", "t")):
            answer = subprocess.run([RHIZOME, "up", *options, "--data-dir", self.root / "data"], capture_output=True,
                                    text=True, timeout=30)
            self.assertEqual(answer.returncode, 1, answer.stderr)
            self.assertIn(f"{options[0]} says how a repository is followed, so name it as well: --git URL", answer.stderr)

    def test_up_follows_and_tells(self):
        with open(self.root / "up.log", "wb") as log:
            process = subprocess.Popen([RHIZOME, "up", "--git", f"file://{self.repository.bare}", "--data-dir",
                                        self.root / "data", "--s3-listen", f"127.0.0.1:{free_port()}", "--web-listen",
                                        f"127.0.0.1:{free_port()}", "--ldap-listen", f"127.0.0.1:{free_port()}"],
                                       stdout=log, stderr=log)
            self.addCleanup(process.wait, 30)
            self.addCleanup(process.send_signal, signal.SIGTERM)
            wait_for(lambda: "Everything is as declared" in (self.root / "up.log").read_text(),
                     told=lambda: (self.root / "up.log").read_text())
        self.assertIn(self.repository.first[:10], (self.root / "up.log").read_text())

    def test_nothing_can_be_suspended_where_nothing_is_followed(self):
        daemon = self.daemon()
        answer = daemon.run("git", "suspend", "--because", "holiday")
        self.assertEqual(answer.returncode, 1, answer.stdout)
        self.assertIn("No repository is followed", answer.stderr)
        self.assertNotIn("GitSuspended", daemon.events())

    def test_what_the_start_says_of_a_repository_is_checked_like_manifests(self):
        script = self.root / "signers"
        script.write_text("#!/bin/sh\necho no signer\n")
        for options, words in ((("--branch", "a b"), "cannot be the name of a branch"), (("--path", "../x"), "git.path"),
                               (("--git-interval", "99999999999"), "git.interval"),
                               (("--git-signers", script), "line 2 of 'signers'")):
            answer = subprocess.run([RHIZOME, "agent", "--data-dir", self.root / "data", "--git",
                                     f"file://{self.repository.bare}", *options], capture_output=True, text=True, timeout=60)
            self.assertNotEqual(answer.returncode, 0, options)
            self.assertIn(words, answer.stderr)

    def test_suspend_resume_and_sync(self):
        daemon = self.following()
        self.assertEqual(daemon.run("git", "suspend", "--because", "holiday").returncode, 0)
        commit = self.add("photos")
        time.sleep(2.5)
        status = daemon.status()
        self.assertEqual((status["state"], status["applied"]["id"]), ("suspended", self.repository.first))
        self.assertEqual(daemon.synced()["reason"], "Suspended")
        self.assertEqual(daemon.run("git", "sync").returncode, 1)
        daemon.stop()
        daemon.start()
        self.assertEqual(daemon.status()["suspension"]["reason"], "holiday")
        self.assertEqual(daemon.run("git", "resume").returncode, 0)
        self.assertEqual(daemon.status()["applied"]["id"], commit)
        condition = daemon.synced()
        self.assertEqual((condition["state"], condition["reason"]), ("True", "Applied"))
        self.assertIn(commit[:10], condition["message"])
        self.assertRegex(daemon.events(), "(?s)GitSuspended  No commit is applied any more, says .+: holiday[.]"
                                          ".+GitResumed  Commits are applied again, says ")

    def by_hand(self, *names):
        """A folder of manifests beside the repository."""
        folder = self.root / "by-hand"
        folder.mkdir(exist_ok=True)
        (folder / "all.yaml").write_text("---\n".join([CLUSTER, KEY, *map(bucket, names)]))
        return folder

    def test_a_folder_is_not_applied_while_the_repository_declares(self):
        daemon = self.following()
        daemon.applied(self.add("photos"))
        answer = daemon.run("apply", "-f", self.by_hand("photos", "hand"))
        self.assertEqual(answer.returncode, 1)
        said = answer.stdout + answer.stderr
        self.assertIn("twoSources: This cluster is declared by the repository, not by the folder", said)
        self.assertIn("Bucket/photos", said)
        self.assertIn("rhizome git suspend --because", said)
        self.assertEqual(daemon.names(), {"Bucket/photos"})
        saved = self.root / "saved.plan"
        self.assertEqual(daemon.run("plan", "-f", self.root / "by-hand", "--out", saved).returncode, 2)
        answer = daemon.run("apply", saved)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("twoSources", answer.stdout + answer.stderr)
        # Looking is allowed: it says what merging this would do.
        plan = daemon.run("plan", "-f", self.root / "by-hand")
        self.assertEqual(plan.returncode, 2, plan.stdout + plan.stderr)
        self.assertIn("Bucket/hand", plan.stdout)
        self.assertNotIn("twoSources", plan.stdout)

    def test_sources_take_over_from_each_other_and_nothing_is_deleted(self):
        daemon = self.following(interval=3600)
        self.add("photos")
        self.assertEqual(daemon.sync()["state"], "synced")
        wait_for(lambda: daemon.names() == {"Bucket/photos"})
        before = self.made(daemon)
        self.assertEqual(len(before), 2)
        self.assertEqual(daemon.run("git", "suspend", "--because", "  ").returncode, 1)
        self.assertEqual(daemon.run("git", "suspend", "--because", "repairs").returncode, 0)
        # The folder does not declare the photos: they were the repository's, and stay.
        answer = daemon.run("apply", "-f", self.by_hand("hand"), "--prune")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("2 resources move to the folder, and nothing is deleted or made anew", answer.stdout)
        self.assertIn("Made for the repository, declared no more, and kept: Bucket/photos", answer.stdout)
        wait_for(lambda: daemon.names() == {"Bucket/photos", "Bucket/hand"})
        status = daemon.run("git", "status").stdout
        self.assertIn("has taken over by hand", status)
        self.assertEqual(daemon.synced()["reason"], "Suspended")
        self.assertEqual(daemon.run("git", "resume").returncode, 0)
        wait_for(lambda: daemon.status()["currentRevision"] == daemon.status()["appliedRevision"])
        self.assertEqual(daemon.names(), {"Bucket/photos", "Bucket/hand"})
        self.assertEqual(self.made(daemon), before)
        self.assertEqual(daemon.status()["state"], "synced")
        answer = daemon.run("delete", "Bucket/hand")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        wait_for(lambda: daemon.names() == {"Bucket/photos"})
        status = daemon.status()
        self.assertEqual(status["state"], "overridden")
        self.assertIn("changed by hand since the last commit", daemon.run("git", "status").stdout)
        shown = daemon.run("history", "show", str(status["currentRevision"])).stdout
        self.assertIn(f"rhizome delete Bucket/hand, on top of revision {status['appliedRevision']}", shown)

    def made(self, daemon):
        """What was ever made in or removed from an engine, or adopted, in order."""
        return [line.split("  ", 1)[-1].split()[-1] for line in daemon.events().splitlines()
                if re.search(r" (Created|Deleted|Adopted|Updated) ", line) and "photos" in line]

    def test_the_forge_is_away_at_boot(self):
        web = self.web()
        daemon = self.daemon("--git", web.url(), interval=1)
        daemon.applied(self.add("photos"))
        daemon.kill()
        web.stop()
        daemon.start()
        status = daemon.until(lambda status: status["state"] == "unknown" and status["failureCount"] > 1)
        self.assertIn("cannot be reached", status["failure"])
        self.assertEqual((daemon.synced()["state"], daemon.synced()["reason"]), ("Unknown", "CannotLook"))
        self.assertEqual(daemon.names(), {"Bucket/photos"})
        wait_for(lambda: daemon.run("drift").returncode == 0)
        self.assertNotIn("GitApplied", daemon.events().split("GitUnknown")[1])
        commit = self.add("music")
        web.start()
        daemon.applied(commit)

    def hook(self, port, body=b"{}", **headers):
        """Posts a webhook; the status that came back."""
        options = [text for name, value in headers.items() for text in ("-H", f"{name.replace('_', '-')}: {value}")]
        answer = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "@-", *options,
                                 f"http://127.0.0.1:{port}/git"], input=body, capture_output=True, timeout=20)
        return answer.stdout.decode()

    def test_a_webhook_of_each_forge_converges_within_five_seconds(self):
        port = free_port()
        self.repository.write(
            CLUSTER.replace("resync: 1h}", f"resync: 1h}}, git: {{url: 'file://{self.repository.bare}', interval: 1h, "
                            f"webhook: {{listen: '127.0.0.1:{port}', secret: hook}}}}")
            + "---\n" + KEY + "---\napiVersion: rhizome/v1\nkind: Secret\nmetadata: {name: hook}\nspec: {generated: {}}\n",
            "base.yaml")
        first = self.repository.commit("with a webhook")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=3600)
        daemon.applied(first)
        wait_for(lambda: listening(port))
        shown = json.loads(daemon.run("get", "Secret/hook", "--show-secrets", "-o", "json").stdout)
        secret = shown[0]["spec"]["value"]
        body = b'{"ref": "refs/heads/../../x", "repository": {"clone_url": "file:///etc"}}'
        mac = hmac.new(secret.encode(), body, "sha256").hexdigest()
        wrong = hmac.new(b"wrong", body, "sha256").hexdigest()
        missed = self.add("missed")
        for headers in ({}, {"X_Forgejo_Signature": wrong}, {"X_Hub_Signature_256": "sha256=" + wrong},
                        {"X_Gitlab_Token": "wrong"}):
            self.assertEqual(self.hook(port, body, **headers), "403")
        self.assertEqual(self.hook(port, b"x" * (5 << 20), X_Gitlab_Token=secret), "413")
        self.assertNotEqual(daemon.status()["applied"]["id"], missed)
        self.assertEqual(daemon.status()["webhook"]["refusedCount"], 4)
        self.assertIn("4 were refused for a wrong signature", daemon.run("git", "status").stdout)
        wait_for(lambda: "GitWebhookRefused" in daemon.events())
        taken = []
        for forge, headers in {"forgejo": {"X_Forgejo_Signature": mac, "X_Hub_Signature_256": "sha256=" + mac},
                               "gitea": {"X_Gitea_Signature": mac}, "github": {"X_Hub_Signature_256": "sha256=" + mac},
                               "gitlab": {"X_Gitlab_Token": secret}}.items():
            with self.subTest(forge=forge):
                commit = self.add(f"by-{forge}")
                started = time.monotonic()
                self.assertEqual(self.hook(port, body, **headers), "204")
                daemon.applied(commit)
                wait_for(lambda: f"Bucket/by-{forge}" in daemon.names())
                taken.append(time.monotonic() - started)
                print(f"{forge}: webhook to converged {taken[-1]:.2f} s", file=sys.stderr)
        self.assertEqual(daemon.status()["webhook"]["refusedCount"], 0)
        self.assertIn(f"Webhook      127.0.0.1:{port}: last heard", daemon.run("git", "status").stdout)
        # The middle one: a machine that builds something else meanwhile may be late once.
        self.assertLess(sorted(taken)[1], 5)

    def test_a_webhook_whose_port_is_taken_is_told_and_heard_later(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            self.repository.write(
                CLUSTER.replace("resync: 1h}", f"resync: 1h}}, git: {{url: 'file://{self.repository.bare}', interval: 1h, "
                                f"webhook: {{listen: '127.0.0.1:{port}', secret: hook}}}}")
                + "---\n" + KEY + "---\napiVersion: rhizome/v1\nkind: Secret\nmetadata: {name: hook}\n"
                "spec: {generated: {}}\n", "base.yaml")
            commit = self.repository.commit("with a webhook")
            daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=3600)
            daemon.applied(commit)
            daemon.until(lambda status: "is taken by another program" in status["webhook"].get("failure", ""))
            self.assertIn(f"Webhook      127.0.0.1:{port}: does not listen: port {port} is taken",
                          daemon.run("git", "status").stdout)
            wait_for(lambda: f"GitWebhookDeaf  Webhooks are not heard at 127.0.0.1:{port}" in daemon.events())
        daemon.until(lambda status: status["webhook"]["isListening"])
        wait_for(lambda: "GitWebhookListens" in daemon.events())

    def test_branches_that_send_each_other_on_and_on(self):
        """The Cluster of `main` says to follow `next`, and that of `next` says to follow `main`."""
        follow = CLUSTER.replace("resync: 1h}", "resync: 1h}, git: {url: 'file://%s', interval: 1s, branch: %s}")
        self.repository.write(follow % (self.repository.bare, "main") + "---\n" + KEY, "base.yaml")
        self.repository.commit("for the next branch", push=False)
        self.repository.run("push", "-q", "-f", str(self.repository.bare), "HEAD:refs/heads/next")
        self.repository.write(follow % (self.repository.bare, "next") + "---\n" + KEY, "base.yaml")
        self.repository.commit("follow the next branch")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=1)
        status = daemon.until(lambda status: status["state"] == "suspended")
        self.assertIn("say to follow", status["suspension"]["reason"])
        self.assertLess(status["currentRevision"], 10)
        self.assertIn("GitSuspended", daemon.run("events").stdout)
        self.assertIn("say to follow", daemon.synced()["message"])

    def test_a_rollback_suspends(self):
        daemon = self.following()
        daemon.applied(self.add("photos"))
        answer = daemon.run("rollback", "1", "--prune")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("rhizome git resume", answer.stdout + answer.stderr)
        status = daemon.status()
        self.assertEqual(status["state"], "suspended")
        self.assertEqual(daemon.names(), set())
        message = daemon.synced()["message"]
        for words in ("rolled back to revision 1", f"Revision {status['currentRevision']} runs", "Suspended by"):
            self.assertIn(words, message)
        self.assertIn(message, daemon.run("get", "cluster").stdout)
        daemon.applied(self.repository.head())
        self.assertEqual(daemon.run("git", "resume").returncode, 0)
        wait_for(lambda: daemon.names() == {"Bucket/photos"})

    def test_a_bucket_that_was_let_go_of_is_kept_and_no_drift_that_fails(self):
        daemon = self.following()
        retained = bucket("photos").replace(", deletionPolicy: delete", "")
        self.repository.write(retained, "photos.yaml")
        daemon.applied(self.repository.commit("add photos"))
        wait_for(lambda: daemon.names() == {"Bucket/photos"})
        (self.repository.work / "photos.yaml").unlink()
        commit = self.repository.commit("let go of photos")
        daemon.applied(commit)
        revision = daemon.status()["appliedRevision"]
        wait_for(lambda: daemon.names() == set())
        for options in ((), ("--fail-on", "extra")):
            drift = daemon.run("drift", *options)
            self.assertEqual(drift.returncode, 0, drift.stdout)
            self.assertIn(f"kept: a bucket with 0 objects, which is not declared since revision {revision};",
                          " ".join(drift.stdout.split()))
        self.assertIn("kept: a bucket", daemon.run("plan", "-f", self.repository.work).stdout)
        daemon.stop()
        daemon.start()
        self.assertEqual(daemon.run("drift").returncode, 0)
        self.repository.write(retained, "photos.yaml")
        daemon.applied(self.repository.commit("photos again"))
        wait_for(lambda: daemon.names() == {"Bucket/photos"})
        wait_for(lambda: daemon.run("drift").stdout.startswith("No drift"))

    def test_the_drift_that_the_documentation_has_people_try(self):
        text = (Path(__file__).resolve().parents[2] / "Docs" / "Git.md").read_text().split("## Try a drift by hand")[1]
        yaml, shell = re.findall(r"```(?:yaml)?\n(.*?)```", text, re.DOTALL)[:2]
        daemon = self.following()
        self.repository.write(yaml, "practice.yaml")
        daemon.applied(self.repository.commit("practise"))
        wait_for(lambda: daemon.run("drift").stdout.startswith("No drift") and daemon.names("User"))
        secret = json.loads(daemon.run("get", "Secret/practice", "--show-secrets", "-o", "json").stdout)[0]["spec"]["value"]
        password = self.root / "password"
        password.write_text(secret)
        password.chmod(0o600)
        port = daemon.listens[daemon.listens.index("--ldap-listen") + 1].split(":")[1]
        command = re.sub(r"^   ", "", shell, flags=re.MULTILINE).replace(":1389", f":{port}").replace("-W", f"-y {password}")
        subprocess.run(["sh", "-c", command], check=True, capture_output=True, timeout=30)
        told = daemon.run("drift")
        self.assertEqual(told.returncode, 2)
        for words in ("User/practice attributes.preferredLanguage", "made [fr], found [nl]", "only reported"):
            self.assertIn(words, told.stdout)
        muted = daemon.run("drift", "mute", "User/practice", "--until", "7d", "--because", "practising")
        self.assertEqual(muted.returncode, 0, muted.stderr)
        self.assertEqual(daemon.run("drift").returncode, 0)
        self.repository.write(yaml.replace(", annotations: {rhizome/drift: report}", ""), "practice.yaml")
        daemon.applied(self.repository.commit("heal it"))
        wait_for(lambda: "Rhizome put it back" in " ".join(daemon.run("drift", "--since", "1h").stdout.split()))

    def test_ten_thousand_manifests(self):
        for index in range(10_000):
            self.repository.write(f"apiVersion: rhizome/v1\nkind: Secret\nmetadata: {{name: s{index}}}\n"
                                  "spec: {generated: {}}\n", f"many/{index // 100}/s{index}.yaml")
        (self.repository.work / "many/0/s0.yaml").unlink()
        commit = self.repository.commit("many")
        started = time.monotonic()
        daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=3600)
        daemon.applied(commit, seconds=90)
        print(f"10,000 files from git to applied: {time.monotonic() - started:.1f} s (debug build)", file=sys.stderr)
        self.repository.write("# over the limit\n", "many/extra.yaml")
        self.repository.write("# over the limit\n", "many/extra2.yaml")
        refused = self.repository.commit("too many")
        daemon.run("git", "sync")
        daemon.refused(refused, "unreadable", "file count", seconds=60)


class Telling(GitCase):
    """The forge is told what became of each commit."""

    def declared(self, forge, daemon=None, token=Forge.TOKEN):
        """The cluster's manifests with a forge to tell; the token is sealed to the daemon where there is one."""
        status = {"forge": forge.kind, "url": forge.url, "repository": forge.repository, "token": "forge-token"}
        git = {"url": f"file://{self.repository.bare}", "interval": "1s", "status": status}
        sealed = subprocess.run([RHIZOME, "seal", "--data-dir", daemon.data], input=token, capture_output=True, text=True,
                                timeout=60, check=True).stdout
        secret = {"apiVersion": "rhizome/v1", "kind": "Secret", "metadata": {"name": "forge-token"},
                  "spec": {"sealed": sealed}}
        return (CLUSTER.replace("resync: 1h}", "resync: 1h}, git: " + json.dumps(git)) + "---\n" + KEY + "---\n"
                + json.dumps(secret) + "\n")

    def telling(self, kind, **more):
        forge = Forge(kind)
        self.addCleanup(forge.server_close)
        self.addCleanup(forge.shutdown)
        daemon = self.following()
        self.repository.write(self.declared(forge, daemon, **more), "base.yaml")
        return forge, daemon, self.repository.commit("with a forge to tell")

    def said(self, forge, commit, state, seconds=20):
        """The sentence that was written with that state beside the commit."""
        def look():
            return next((text for sha, word, text in forge.statuses if (sha, word) == (commit, state)), None)
        return wait_for(look, seconds, told=lambda: f"{forge.statuses} {forge.complaints}")

    def test_each_forge_in_its_own_words(self):
        for kind in Forge.STATES:
            with self.subTest(kind=kind):
                self.doCleanups()
                self.setUp()
                forge, daemon, first = self.telling(kind)
                failure = "failed" if kind == "gitlab" else "failure"
                self.assertEqual(self.said(forge, first, "success"), "Applied as revision 2.")
                self.repository.write(bucket("photos").replace("spec:", "spce:"), "photos.yaml")
                bad = self.repository.commit("a slip")
                self.assertIn("photos.yaml:4:1", self.said(forge, bad, failure))
                (self.repository.work / "photos.yaml").unlink()
                for index in range(8):
                    self.repository.write(bucket(f"bkt{index}"), f"bkt{index}.yaml")
                eight = self.repository.commit("eight")
                self.said(forge, eight, "success")
                self.assertTrue(self.said(forge, eight, "pending").startswith("Rhizome is looking"))
                for index in range(6):
                    (self.repository.work / f"bkt{index}.yaml").unlink()
                less = self.repository.commit("six less")
                daemon.refused(less, "plan")
                wait_for(lambda: any(sha == less and "rhizome approve" in text for sha, _, text in forge.statuses))
                self.assertEqual(daemon.run("approve", less).returncode, 0)
                self.said(forge, less, "success")
                self.assertEqual(forge.complaints, [])
                self.assertIn(f"success beside {less[:10]}", daemon.run("git", "status").stdout)
                self.assert_secret_stays(daemon)

    def assert_secret_stays(self, daemon):
        self.assertNotIn(Forge.TOKEN, daemon.log.read_text() + daemon.events() + json.dumps(daemon.status()))
        holders = {path.name for path in daemon.data.rglob("*") if path.is_file() and Forge.TOKEN.encode() in path.read_bytes()}
        self.assertEqual(holders, set())

    def test_a_forge_that_is_not_well_holds_up_nothing_and_is_told_later(self):
        forge, daemon, first = self.telling("forgejo")
        self.said(forge, first, "success")
        forge.broken = (503, {"message": f"busy, {Forge.TOKEN}"})
        photos = self.add("photos")
        daemon.applied(photos)
        wait_for(lambda: "Bucket/photos" in daemon.names())
        status = daemon.until(lambda status: status["forge"].get("failureCount", 0) > 1, seconds=40)
        self.assertIn("is not well (503", status["forge"]["failure"])
        self.assertNotIn(Forge.TOKEN, status["forge"]["failure"])
        self.assertEqual(status["state"], "synced")
        self.assertIn("not written", daemon.run("git", "status").stdout)
        forge.broken = None
        self.said(forge, photos, "success", seconds=60)
        daemon.until(lambda status: "failure" not in status["forge"])
        count = len(forge.statuses)
        daemon.stop()
        daemon.start()
        daemon.until(lambda status: status["state"] == "synced")
        self.said(forge, self.add("music"), "success")
        self.assertEqual([sha for sha, _, _ in forge.statuses[count:]].count(photos), 0)

    def test_a_wrong_token_and_a_forge_that_sends_elsewhere_are_told(self):
        forge, daemon, first = self.telling("github", token="wrong-t0ken")
        daemon.applied(first)
        status = daemon.until(lambda status: "refuses the token" in status.get("forge", {}).get("failure", ""))
        self.assertEqual(status["state"], "synced")
        self.assertNotIn("wrong-t0ken", json.dumps(status) + daemon.log.read_text())
        forge.broken = (302, {})
        daemon.until(lambda status: "has moved" in status["forge"].get("failure", ""), seconds=60)


class Refusing(GitCase):
    """Whatever is wrong with the newest commit, the last good one runs on."""

    def check_goes_on(self, daemon, name="later"):
        """A good commit on top is applied."""
        daemon.applied(self.add(name))

    def test_a_mistake_names_commit_file_line_and_reason(self):
        daemon = self.following()
        self.repository.write(bucket("photos").replace("spec:", "spce:"), "deep/photos.yaml")
        commit = self.repository.commit("a slip")
        status = daemon.refused(commit, "invalid", "deep/photos.yaml:4:1", "spce")
        self.assertEqual((status["refused"]["file"], status["refused"]["line"]), ("deep/photos.yaml", 4))
        self.assertIn(f"{commit[:10]} by Alice", daemon.events())
        self.assertIn("deep/photos.yaml:4:1", daemon.run("git", "status").stdout)
        self.assertIn(f"Commit {commit[:10]}", daemon.run("get", "cluster").stdout)
        self.assertIn("Synced=False  Invalid", daemon.run("describe", "Cluster/plant").stdout)
        (self.repository.work / "deep/photos.yaml").unlink()
        self.check_goes_on(daemon)

    def test_a_template_that_renders_nothing_deletes_nothing(self):
        """The accident that other tools are known for: what writes the manifests fails, and everything is deleted."""
        daemon = self.following()
        names = [f"bkt{index}" for index in range(8)]
        for name in names:
            self.repository.write(bucket(name), f"{name}.yaml")
        good = self.repository.commit("eight buckets")
        daemon.applied(good)
        wait_for(lambda: daemon.names() == {f"Bucket/{name}" for name in names})

        def half():
            for name in names[:4]:
                (self.repository.work / f"{name}.yaml").write_text("# rendered: nothing\n")

        def render(text):
            for path in self.repository.work.glob("*.yaml"):
                path.write_text(text)
        accidents = {
            "empty files": (lambda: render(""), "emptyTree", "Bucket/bkt0"),
            "only comments": (lambda: render("# {{ values }}\n---\n"), "emptyTree", "Bucket/bkt0"),
            "no files": (lambda: [path.unlink() for path in self.repository.work.glob("*.yaml")], "emptyTree", "Bucket/bkt0"),
            "nothing but the Cluster": (lambda: (render(""), self.repository.write(CLUSTER, "base.yaml")), "emptyTree",
                                        "Bucket/bkt0"),
            "half of the folder": (half, "tooManyDeletions", "Bucket/bkt3"),
        }
        for what, (spoil, seatbelt, lost) in accidents.items():
            with self.subTest(what=what):
                spoil()
                commit = self.repository.commit(what)
                status = daemon.refused(commit, "plan", f"{seatbelt}: ", lost)
                self.assertEqual(status["refused"]["seatbelts"], [seatbelt], status)
                self.assertEqual(status["refused"]["canBeApproved"], seatbelt == "tooManyDeletions")
                self.assertIn(lost, daemon.run("git", "status").stdout)
                self.assertEqual(daemon.names(), {f"Bucket/{name}" for name in names})
                self.assertEqual(daemon.run("drift").returncode, 0)
                self.repository.run("checkout", "-q", good, "--", ".")
                daemon.applied(self.repository.commit("mended"))

    def declaring(self, **git):
        """The cluster's manifests with such a `git`."""
        git = {"url": f"file://{self.repository.bare}", "interval": "1s", **git}
        return CLUSTER.replace("resync: 1h}", "resync: 1h}, git: " + json.dumps(git)) + "---\n" + KEY

    def test_a_commit_that_points_to_a_wrong_place_is_refused_and_mended_by_a_commit(self):
        """Each slip in `git` would be the last commit that counts: the place is looked at before."""
        self.repository.write("only words\n", "docs/readme.md")
        self.repository.write(self.declaring(path="live"), "live/base.yaml")
        self.repository.write(CLUSTER.replace("plant}", "forest}"), "forest/base.yaml")
        self.repository.write(CLUSTER.replace("spec:", "spce:"), "broken/base.yaml")
        (self.repository.work / "base.yaml").unlink()
        self.repository.first = self.repository.commit("in a folder")
        daemon = self.following("--path", "live")
        web = self.web(password="right")
        slips = {
            "a folder": (dict(path="lvie"), "there is no folder 'lvie' at commit", "'docs'", "'live'"),
            "a folder below": (dict(path="live/prod"), "there is no folder 'live/prod'", "there are no folders"),
            "without manifests": (dict(path="docs"), "the folder 'docs' holds no manifests", "'live'"),
            "another cluster": (dict(path="forest"), "those of the Cluster 'forest', not of 'plant'"),
            "mistakes": (dict(path="broken"), "have mistakes: ", "base.yaml:4: "),
            "a branch": (dict(path="live", branch="mian"), "the branch 'mian' is not in"),
            "a repository": (dict(path="live", url=f"file://{self.root}/infar.git"), "there is no repository at"),
            "a token": (dict(path="live", url=web.url()), "asks for a token or key, and none was given"),
        }
        for what, (git, *words) in slips.items():
            with self.subTest(what=what):
                self.repository.write(self.declaring(**git), "live/base.yaml")
                commit = self.repository.commit(what)
                status = daemon.refused(commit, "plan", "nothingToFollow: From then on ", "Mend 'git' in the Cluster", *words)
                self.assertEqual((status["refused"]["seatbelts"], status["refused"]["canBeApproved"]),
                                 (["nothingToFollow"], False))
                self.assertNotIn("--allow-unseen-git", status["refused"]["message"])
                self.repository.write(self.declaring(path="live"), "live/base.yaml")
                daemon.applied(self.repository.commit("mended"))
        # What could not be looked at is not known, so it waits, and a commit mends it as well.
        self.repository.write(self.declaring(path="live", url=f"http://127.0.0.1:{free_port()}/infra.git"), "live/base.yaml")
        commit = self.repository.commit("a forge that is away")
        status = daemon.until(lambda status: status["state"] == "unknown")
        for word in (commit[:10], "is not applied yet", "cannot be looked at", "cannot be reached"):
            self.assertIn(word, status["failure"])
        self.assertNotIn("refused", status)
        self.repository.write(self.declaring(path="live"), "live/base.yaml")
        mended = self.repository.commit("mended")
        daemon.applied(mended)
        # And one that is right is followed.
        self.repository.write(self.declaring(path="infra"), "live/base.yaml")
        self.repository.write(self.declaring(path="infra"), "infra/base.yaml")
        self.repository.commit("a new home for both")
        status = daemon.until(lambda status: status.get("path") == "infra" and status["state"] == "synced")
        self.assertEqual([path.name for path in (daemon.data / "git").iterdir() if path.name.startswith("look-")], [])

    def test_a_folder_that_declares_a_wrong_place_is_applied_only_by_who_knows(self):
        daemon = self.daemon()
        folder = self.root / "by-hand"
        folder.mkdir()
        (folder / "all.yaml").write_text(self.declaring(path="lvie"))
        answer = daemon.run("apply", "-f", folder)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("nothingToFollow: From then on ", answer.stderr)
        self.assertIn("there is no folder 'lvie'", answer.stderr)
        self.assertIn("--allow-unseen-git", answer.stderr)
        self.assertIn("nothingToFollow", daemon.run("plan", "-f", folder).stdout)
        answer = daemon.run("apply", "-f", folder, "--allow-unseen-git")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        # There somebody pushes what was announced.
        self.repository.write(self.declaring(path="lvie"), "lvie/all.yaml")
        daemon.applied(self.repository.commit("as announced"))

    def test_a_folder_that_was_renamed_is_asked_after(self):
        for name in ("base", "one"):
            self.repository.write((CLUSTER + "---\n" + KEY) if name == "base" else bucket(name), f"cluster/{name}.yaml")
        (self.repository.work / "base.yaml").unlink()
        self.repository.first = self.repository.commit("in a folder")
        daemon = self.following("--path", "cluster")
        # Every place that is told is one in the repository.
        self.assertIn("cluster/one.yaml:3:", daemon.run("describe", "Bucket/one").stdout)
        wait_for(lambda: daemon.run("drift").returncode == 0)
        self.repository.run("mv", "cluster", "infra")
        commit = self.repository.commit("a better name")
        status = daemon.refused(commit, "unreadable", "folderRenamed: ", "was it renamed?", "2 of its 2 files are in 'infra'")
        self.assertEqual(status["refused"]["seatbelts"], ["folderRenamed"])
        self.assertEqual(daemon.names(), {"Bucket/one"})
        self.repository.run("mv", "infra", "cluster")
        daemon.applied(self.repository.commit("as it was"))
        (self.repository.work / "cluster" / "link.yaml").symlink_to("/etc/passwd")
        status = daemon.refused(self.repository.commit("a link"), "unreadable", "cluster/link.yaml: the link leads out")
        self.assertEqual(status["refused"]["file"], "cluster/link.yaml")

    def test_many_deletions_wait_for_a_person(self):
        daemon = self.following()
        names = [f"bkt{index}" for index in range(8)]
        for name in names:
            self.repository.write(bucket(name), f"{name}.yaml")
        daemon.applied(self.repository.commit("eight"))
        wait_for(lambda: len(daemon.names()) == 8)
        for name in names[:6]:
            (self.repository.work / f"{name}.yaml").unlink()
        commit = self.repository.commit("six less")
        status = daemon.refused(commit, "plan", f"rhizome approve {commit[:10]}", "Rhizome-Allow-Deletions: ")
        self.assertTrue(status["refused"]["canBeApproved"])
        self.assertEqual((status["refused"]["deletionCount"], status["refused"]["seatbelts"]), (6, ["tooManyDeletions"]))
        shown = daemon.run("git", "status").stdout
        self.assertEqual(shown.count("If it is meant"), 1, shown)
        self.assertIn("Rhizome-Allow-Deletions: 6", shown)
        self.assertNotIn("--allow-deletions", shown)
        self.assertEqual(len(daemon.names()), 8)
        self.assertEqual(daemon.run("approve", self.repository.first).returncode, 1)
        self.assertEqual(daemon.run("approve", commit[:10], "--because", " ").returncode, 1)
        answer = daemon.run("approve", commit[:10], "--because", "the old ones are empty")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        wait_for(lambda: daemon.names() == {"Bucket/bkt6", "Bucket/bkt7"})
        shown = daemon.run("history", "show", str(daemon.status()["appliedRevision"])).stdout
        self.assertRegex(shown, r"Approval: by .+: the old ones are empty")
        self.assertNotIn("Approval", daemon.run("history", "show", "1").stdout)
        self.assertRegex(daemon.events(), f"GitApproved  {commit[:10]} by Alice .* was approved by .+, with plan .+: the old ones")

    def test_an_approval_is_for_the_plan_that_was_shown(self):
        daemon = self.following(interval=3600)
        for index in range(8):
            self.repository.write(bucket(f"bkt{index}"), f"bkt{index}.yaml")
        self.repository.commit("eight")
        daemon.run("git", "sync")
        wait_for(lambda: len(daemon.names()) == 8)
        for index in range(6):
            (self.repository.work / f"bkt{index}.yaml").unlink()
        commit = self.repository.commit("six less")
        daemon.run("git", "sync")
        plan = daemon.refused(commit, "plan")["refused"]["plan"]
        told = daemon.run("git", "status").stdout
        self.assertIn(f"rhizome approve {commit[:10]} --plan {plan}", told)
        self.assertIn("delete Bucket/bkt0", told)
        answer = daemon.run("approve", commit, "--plan", "0123456789ab")
        self.assertEqual(answer.returncode, 1)
        self.assertIn(f"has plan {plan}, not ", answer.stderr)
        # Somebody changes what runs between the look and the approval: one bucket that would go, and one that would stay.
        answer = daemon.run("delete", "Bucket/bkt0", "Bucket/bkt7")
        self.assertIn("The repository declares Bucket/bkt0 (bkt0.yaml:3:18), Bucket/bkt7", answer.stderr)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        wait_for(lambda: len(daemon.names()) == 6)
        answer = daemon.run("approve", commit, "--plan", plan)
        self.assertEqual(answer.returncode, 1, answer.stdout)
        for word in ("no longer the one that was approved", "Bucket/bkt0: delete is no longer in it",
                     "Bucket/bkt7: create has come up"):
            self.assertIn(word, answer.stdout)
        self.assertEqual(len(daemon.names()), 6)
        now = daemon.status()["refused"]
        self.assertNotEqual(now["plan"], plan)
        self.assertTrue(now["canBeApproved"])
        answer = daemon.run("approve", commit, "--plan", now["plan"])
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        wait_for(lambda: daemon.names() == {"Bucket/bkt6", "Bucket/bkt7"})

    def test_a_force_push_is_refused_until_approved(self):
        daemon = self.following()
        good = self.add("photos")
        daemon.applied(good)
        self.repository.run("reset", "-q", "--hard", self.repository.first)
        self.repository.write(bucket("other"), "other.yaml")
        rewritten = self.repository.commit("rewritten", push=False)
        self.repository.push("--force")
        daemon.refused(rewritten, "rewound", good[:10], f"rhizome approve {rewritten[:10]}")
        self.assertEqual(daemon.names(), {"Bucket/photos"})
        self.repository.run("reset", "-q", "--hard", self.repository.first)
        self.repository.push("--force")
        status = daemon.refused(self.repository.first, "rewound", "olderRevision: it is older than")
        self.assertEqual(status["refused"]["seatbelts"], ["olderRevision"])
        self.assertEqual(daemon.run("approve", self.repository.first).returncode, 0)
        wait_for(lambda: daemon.names() == set())

    def test_no_approval_is_offered_where_something_else_refuses_as_well(self):
        daemon = self.following()
        good = self.add("photos")
        daemon.applied(good)
        for files, words in (({"base.yaml": CLUSTER}, "emptyTree: "),
                             ({"base.yaml": CLUSTER.replace("plant.example", "wood.example") + "---\n" + KEY}, "otherSuffix: "),
                             ({"base.yaml": CLUSTER, "photos.yaml": "nonsense: ["}, "photos.yaml:2:1")):
            with self.subTest(words=words):
                self.repository.run("reset", "-q", "--hard", self.repository.first)
                for path, text in files.items():
                    self.repository.write(text, path)
                rewritten = self.repository.commit("rewritten", push=False)
                self.repository.push("--force")
                status = daemon.refused(rewritten, "rewound", "the branch was rewritten", "cannot be approved", words)
                self.assertFalse(status["refused"]["canBeApproved"])
                self.assertNotIn(f"rhizome approve {rewritten[:10]}", daemon.run("git", "status").stdout)
                answer = daemon.run("approve", rewritten)
                self.assertEqual(answer.returncode, 1)
                self.assertIn(words, answer.stderr)
                self.assertEqual(daemon.names(), {"Bucket/photos"})

    def test_a_lost_mirror_still_knows_a_rewritten_branch(self):
        daemon = self.following()
        good = self.add("photos")
        daemon.applied(good)
        daemon.stop()
        subprocess.run(["rm", "-rf", daemon.data / "git"], check=True)
        daemon.start()
        later = self.add("later")
        daemon.applied(later)
        daemon.stop()
        subprocess.run(["rm", "-rf", daemon.data / "git"], check=True)
        self.repository.run("reset", "-q", "--hard", self.repository.first)
        self.repository.write(bucket("other"), "other.yaml")
        rewritten = self.repository.commit("rewritten", push=False)
        self.repository.push("--force")
        daemon.start()
        daemon.refused(rewritten, "rewound")

    def test_a_damaged_mirror_is_made_anew(self):
        daemon = self.following()
        for damage in ("HEAD", "objects/pack/*.idx"):
            with self.subTest(damage):
                daemon.stop()
                damaged = list((daemon.data / "git" / "mirror").glob(damage))
                self.assertTrue(damaged)
                for path in damaged:
                    path.chmod(0o600)
                    path.write_bytes(b"rubbish" * 100)
                daemon.start()
                daemon.applied(self.add("after-" + damage[:4].lower().replace("/", "")))

    def test_a_deleted_branch_and_a_deleted_repository(self):
        daemon = self.following()
        self.repository.run("push", "-q", str(self.repository.bare), "HEAD:refs/heads/spare")
        self.repository.run("update-ref", "-d", "refs/heads/main", cwd=self.repository.bare)
        status = daemon.until(lambda status: status["state"] == "unknown")
        self.assertIn("the branch 'main' is not in", status["failure"])
        self.repository.bare.rename(self.root / "away.git")
        status = daemon.until(lambda status: "there is no repository" in status.get("failure", ""))
        self.assertEqual(status["applied"]["id"], self.repository.first)
        (self.root / "away.git").rename(self.repository.bare)
        self.repository.push()
        daemon.until(lambda status: status["state"] == "synced")

    def test_links_and_names_that_lead_out(self):
        daemon = self.following()
        repository = self.repository
        base = ("100644", "blob", repository.blob(CLUSTER + "---\n" + KEY), "base.yaml")
        secret = self.root / "secret.yaml"
        secret.write_text(bucket("stolen"))
        cases = [
            ([base, ("120000", "blob", repository.blob(str(secret)), "a.yaml")], "leads out of the folder", "a.yaml"),
            ([base, ("120000", "blob", repository.blob("../../../../etc/passwd"), "a.yaml")], "leads out of the folder", "a.yaml"),
            ([base, ("120000", "blob", repository.blob("/etc"), "etc")], "leads out of the folder", "etc"),
            ([base, ("120000", "blob", repository.blob("none.yaml"), "a.yaml")], "does not lead to a manifest", "a.yaml"),
            ([base, ("160000", "commit", repository.first, "vendored")], "submodule", "vendored"),
        ]
        for entries, words, path in cases:
            with self.subTest(words=words, path=path):
                commit = repository.tree_commit(entries)
                status = daemon.refused(commit, "unreadable", words)
                self.assertEqual(status["refused"]["file"], path)
        inside = repository.tree_commit([base, ("100644", "blob", repository.blob(bucket("real")), "real.yaml")])
        daemon.applied(inside)
        self.assertEqual(daemon.names(), {"Bucket/real"})

    def test_a_tree_with_a_name_that_leads_out_is_never_read(self):
        daemon = self.following()
        repository = self.repository
        evil = repository.blob(bucket("stolen"))
        inner = repository.raw_tree([("100644", "evil.yaml", evil)])
        for name in ("..", ".git", "."):
            with self.subTest(name=name):
                base = repository.blob(CLUSTER + "---\n" + KEY)
                tree = repository.raw_tree(sorted([("100644", "base.yaml", base), ("40000", name, inner)],
                                                  key=lambda entry: entry[1]))
                commit = repository.run("commit-tree", tree, "-p", repository.first, "-m", "evil")
                (repository.bare / "refs/heads/main").write_text(commit + "\n")
                repository.run("cat-file", "--batch-all-objects", "--batch-check")
                objects = repository.run("rev-list", "--objects", commit).split("\n")
                for object in {line.split()[0] for line in objects} | {tree, inner, evil, base, commit}:
                    source = repository.work / ".git/objects" / object[:2] / object[2:]
                    target = repository.bare / "objects" / object[:2] / object[2:]
                    if source.exists() and not target.exists():
                        target.parent.mkdir(exist_ok=True)
                        target.write_bytes(source.read_bytes())
                status = daemon.until(lambda status: status["state"] in ("unknown", "refused"))
                self.assertNotIn("Bucket/stolen", daemon.names())
                self.assertEqual(status["applied"]["id"], repository.first)
                (repository.bare / "refs/heads/main").write_text(repository.first + "\n")
                daemon.run("git", "sync")
                daemon.until(lambda status: status["state"] == "synced")

    def test_hooks_filters_and_settings_of_a_repository_do_nothing(self):
        mark = self.root / "ran"
        self.repository.write(f"*.yaml filter=evil\n", ".gitattributes")
        self.repository.write(f"[filter \"evil\"]\n\tsmudge = touch {mark}\n", ".gitconfig")
        self.repository.write("[submodule \"x\"]\n\tpath = x\n\turl = ext::touch% " + str(mark) + "\n", ".gitmodules")
        self.repository.commit("tricks")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=1)
        daemon.applied(self.repository.head())
        self.assertFalse(mark.exists())
        for url in (f"ext::sh -c touch% {mark}", "--upload-pack=touch", "git://127.0.0.1/x", "/etc",
                    "https://user:pass@git.example/x", "ssh://-oProxyCommand=touch/x"):
            answer = subprocess.run([RHIZOME, "agent", "--git", url, "--data-dir", self.root / "d2"],
                                    capture_output=True, text=True, timeout=20)
            self.assertNotEqual(answer.returncode, 0, url)
        self.assertFalse(mark.exists())

    def test_large_files(self):
        daemon = self.following()
        good = self.repository.first
        for setting in ("core.compression", "pack.compression"):
            self.repository.run("config", setting, "0")  # it does not get any smaller
        (self.repository.work / "backup.bin").write_bytes(os.urandom(100 << 20))
        self.repository.commit("100 MB")
        for setting in ("core.compression", "pack.compression"):
            self.repository.run("config", setting, "1")
        status = daemon.until(lambda status: status["state"] == "unknown", seconds=60)
        self.assertIn("larger than 64 MiB", status["failure"])
        self.assertIn(f"git reset --hard {good[:10]}", status["failure"])
        self.assertIn("in a row, the first ", daemon.run("git", "status").stdout)
        self.assertIn("larger than 64 MiB", daemon.log.read_text())
        self.assertEqual(status["applied"]["id"], good)
        self.assertLess(sum(path.stat().st_size for path in (daemon.data / "git").rglob("*") if path.is_file()), 80 << 20)
        self.repository.run("reset", "-q", "--hard", good)
        (self.repository.work / "zeros.yaml").write_bytes(b"#" * (100 << 20))
        zeros = self.repository.commit("100 MB that fit into little", push=False)
        self.repository.push("--force")
        daemon.refused(zeros, "unreadable", "file size", seconds=60)

    def test_servers_that_misbehave(self):
        advertisement = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n"
                         b"Content-Length: 5000\r\n\r\n001e# service=git-upload-pack\n0000")
        def silent(connection):
            time.sleep(30)

        def truncated(connection):
            connection.recv(4096)
            connection.sendall(advertisement)

        def endless(connection):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n")
            while True:
                connection.sendall(b"001e# service=git-upload-pack\n" * 1000)

        def elsewhere(connection):
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x.git/info/refs\r\n"
                               b"Content-Length: 0\r\n\r\n")
        for how in (truncated, elsewhere, endless, silent):
            with self.subTest(how=how.__name__), Rude(how) as server:
                folder = self.root / how.__name__
                folder.mkdir()
                (folder / "all.yaml").write_text(CLUSTER.replace("resync: 1h}", "resync: 1h}, git: {url: '"
                                                                 f"{server.url}', timeout: 3s, interval: 1s}}"))
                daemon = Daemon(folder)
                try:
                    told = daemon.run("apply", "-f", folder)
                    self.assertEqual(told.returncode, 1)
                    self.assertIn("nothingToFollow: ", told.stderr)
                    self.assertEqual(daemon.run("apply", "-f", folder, "--allow-unseen-git").returncode, 0)
                    status = daemon.until(lambda status: status["state"] == "unknown", seconds=15)
                    self.assertEqual(daemon.run("get").returncode, 0)
                    if how is elsewhere:
                        self.assertIn("has moved", status["failure"])
                finally:
                    daemon.stop()
                server.shutdown()
        self.assertEqual(subprocess.run(["pgrep", "-f", f"{self.root}.*git"], capture_output=True).stdout, b"")


class Signing(GitCase):
    """Who may change things: SSH and OpenPGP."""

    def key(self, name):
        path = self.root / name
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def sign_with(self, path):
        for key, value in {"gpg.format": "ssh", "user.signingkey": path}.items():
            self.repository.run("config", key, str(value))

    def public(self, path):
        return " ".join(Path(f"{path}.pub").read_text().split()[:2])

    def test_ssh(self):
        alice, mallory, old, gone = (self.key(name) for name in ("alice", "mallory", "old", "gone"))
        signers = self.root / "signers"
        signers.write_text(f"alice@plant.example namespaces=\"git\" {self.public(alice)}\n# a comment\n"
                           f"old@plant.example valid-before=\"20200101\" {self.public(old)}\n")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", "--git-signers", signers, interval=1)
        unsigned = self.repository.first
        daemon.refused(unsigned, "signature", "is not signed")
        for signer, word in ((mallory, "does not allow"), (old, "time is over")):
            self.sign_with(signer)
            commit = self.add(f"by-{signer.name}", "-S")
            daemon.refused(commit, "signature", word)
            self.assertEqual(daemon.run("approve", commit).returncode, 1)
        self.sign_with(alice)
        good = self.add("by-alice", "-S")
        daemon.applied(good)
        # A signature is of one commit: put on another, it is worth nothing.
        text = self.repository.run("cat-file", "commit", good).replace("add by-alice", "add by-nobody")
        forged = self.repository.run("hash-object", "-t", "commit", "-w", "--stdin", input=(text + "\n").encode())
        forged = self.repository.run("commit-tree", f"{forged}^{{tree}}", "-p", good, "-m", "unsigned on top")
        self.repository.run("reset", "-q", "--hard", forged)
        self.repository.push()
        daemon.refused(forged, "signature", "is not signed")
        daemon.applied(self.add("mended", "-S"))

    def test_a_revoked_ssh_key_and_a_signature_of_another_commit(self):
        alice, bob = self.key("alice"), self.key("bob")
        verify = {"signers": f"alice@x {self.public(alice)}\nbob@x {self.public(bob)}\n",
                  "revokedSigners": self.public(bob) + "\n"}
        spec = CLUSTER.replace("resync: 1h}", "resync: 1h}, git: " + json.dumps(
            {"url": f"file://{self.repository.bare}", "interval": "1s", "verify": verify}))
        self.repository.write(spec + "---\n" + KEY, "base.yaml")
        self.sign_with(alice)
        first = self.repository.commit("whose signatures count", "-S")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", interval=1)
        daemon.applied(first)
        self.sign_with(bob)
        daemon.refused(self.add("by-bob", "-S"), "signature", "revoked")
        # What was said at the start asks for no signature; what runs does, and ranks above it after a restart too.
        daemon.kill()
        unsigned = self.add("unsigned")
        daemon.start()
        daemon.refused(unsigned, "signature", "is not signed")
        self.assertNotIn("Bucket/unsigned", daemon.names())
        raw = self.repository.run("cat-file", "commit", first) + "\n"
        forged = raw.replace("tree ", f"tree {self.repository.run('rev-parse', 'HEAD^{tree}')}\nparent {first}\nX", 1)
        forged = re.sub(r"\nX[0-9a-f]{40}\n(parent [0-9a-f]{40}\n)*", "\n", forged)
        forged = self.repository.run("hash-object", "-t", "commit", "-w", "--stdin", input=forged.encode())
        self.repository.run("reset", "-q", "--hard", forged)
        self.repository.push("--force")
        daemon.refused(forged, "signature", "not of this commit")

    def test_openpgp(self):
        def gpg(*arguments, **more):
            answer = subprocess.run(["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "",
                                     *arguments], env=self.repository.env, capture_output=True, **more)
            self.assertEqual(answer.returncode, 0, answer.stderr)
            return answer.stdout
        (self.root / "gnupg").mkdir(mode=0o700)
        for name, expiry, time in (("alice", "0", None), ("mallory", "0", None), ("old", "1d", "20200101T000000"),
                                   ("gone", "0", None)):
            clock = ["--faked-system-time", time] if time else []
            gpg(*clock, "--quick-generate-key", f"{name}@plant.example", "ed25519", "sign", expiry)
        self.addCleanup(subprocess.run, ["gpgconf", "--kill", "all"], env=self.repository.env)
        certificate = next((self.root / "gnupg/openpgp-revocs.d").glob(
            gpg("--with-colons", "--list-keys", "gone@plant.example").decode().split("fpr:::::::::")[1].split(":")[0] + "*"))
        revoked = certificate.read_text().replace(":-----BEGIN", "-----BEGIN")
        keys = self.root / "keys.asc"
        self.repository.run("config", "gpg.format", "openpgp")
        gone_signs = self.sign("gone")
        gpg("--import", input=revoked.encode())
        keys.write_bytes(b"".join(gpg("--armor", "--export", f"{name}@plant.example") for name in ("alice", "old", "gone")))
        daemon = self.daemon("--git", f"file://{self.repository.bare}", "--git-openpgp-keys", keys, interval=1)
        daemon.refused(gone_signs, "signature", "revoked")
        daemon.refused(self.sign("mallory"), "signature", "does not allow")
        daemon.refused(self.sign("old", clock="20200101T120000"), "signature", "time is over")
        daemon.refused(self.add("unsigned"), "signature", "is not signed")
        daemon.applied(self.sign("alice"))

    def sign(self, name, clock=None):
        program = self.root / "gpg-now"
        options = f"--faked-system-time {clock}" if clock else ""
        program.write_text(f"#!/bin/sh\nexec gpg --batch --pinentry-mode loopback --passphrase '' {options} \"$@\"\n")
        program.chmod(0o700)
        self.repository.run("config", "gpg.program", str(program))
        self.repository.write(bucket(f"by-{name}"), f"by-{name}.yaml")
        return self.repository.commit(f"by {name}", f"-S{name}@plant.example")

    def test_a_trailer_allows_deletions_when_it_is_signed(self):
        alice = self.key("alice")
        signers = self.root / "signers"
        signers.write_text(f"alice@plant.example {self.public(alice)}\n")
        self.sign_with(alice)
        for index in range(8):
            self.repository.write(bucket(f"bkt{index}"), f"bkt{index}.yaml")
        eight = self.repository.commit("eight", "-S")
        daemon = self.daemon("--git", f"file://{self.repository.bare}", "--git-signers", signers, interval=1)
        daemon.applied(eight)
        wait_for(lambda: len(daemon.names()) == 8)
        for index in range(6):
            (self.repository.work / f"bkt{index}.yaml").unlink()
        short = self.repository.commit("six less\n\nRhizome-Allow-Deletions: 5", "-S")
        daemon.refused(short, "plan")
        enough = self.repository.commit("really\n\nRhizome-Allow-Deletions: 6", "-S", push=False)
        for side in (("--from", eight), ("--against", "live")):
            for commit, code in ((short, 1), (enough, 2)):
                answer = daemon.run("plan", *side, "--to", commit, "-C", self.repository.work, "-f", ".")
                self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
            self.assertIn("the signature was not looked at", answer.stdout + answer.stderr)
        self.repository.push()
        daemon.applied(enough)
        revision = daemon.status()["appliedRevision"]
        self.assertRegex(daemon.run("history", "show", str(revision)).stdout, "Approval: by .*alice.*: the trailer of " + enough[:10])
        wait_for(lambda: daemon.names() == {"Bucket/bkt6", "Bucket/bkt7"})


class Reviewing(GitCase):
    """What a change would do, told before it is merged."""

    def plan(self, *arguments, cwd=None):
        return subprocess.run([RHIZOME, "plan", *arguments], cwd=cwd or self.repository.work, capture_output=True,
                              text=True, timeout=60, env={"PATH": os.environ["PATH"], "HOME": str(self.root)})

    def check(self, answer, code, *words):
        self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
        for word in words:
            self.assertIn(word, answer.stdout + answer.stderr)
        return answer

    def test_a_repository_without_a_commit_is_told_as_such(self):
        empty = self.root / "empty.git"
        self.repository.run("init", "-q", "--bare", "-b", "main", str(empty), cwd=self.root)
        self.check(self.plan("-C", str(empty), "--from", "main", "--to", "main"), 1, "there is no commit in")
        daemon = self.daemon("--git", f"file://{empty}", interval=1)
        status = daemon.until(lambda status: status["state"] == "unknown")
        self.assertIn("which may be empty still; push it", status["failure"])
        self.assertIn("Runs         nothing yet", daemon.run("git", "status").stdout)
        self.assertIn("Nothing was applied yet", daemon.run("history").stdout)
        self.repository.run("push", "-q", str(empty), "HEAD:refs/heads/main")
        daemon.applied(self.repository.first)
        self.assertRegex(daemon.run("git", "status").stdout, r"applied (just now|\d+s ago)")

    def test_from_and_to_need_no_daemon_and_no_checkout(self):
        repository = self.repository
        second = self.add("photos")
        (repository.work / "base.yaml").write_text("nonsense: [")
        self.check(self.plan("--from", second, "--to", second), 0, "Nothing to do")
        there = self.check(self.plan("--from", repository.first, "--to", second), 2, "+  Bucket/photos", second[:10])
        back = self.check(self.plan("--from", "HEAD", "--to", "HEAD~1", "-o", "markdown"), 2, "2 to delete",
                          "This waits until the bucket is empty")
        self.assertNotIn("\x1b", there.stdout)
        self.assertLess(back.stdout.index("### Delete"), 400)
        self.assertEqual(json.loads(self.plan("--from", "HEAD~1", "--to", "main", "-o", "json").stdout)["summary"]["create"], 2)
        # From elsewhere, from a bare repository, and by a name that is no commit.
        self.check(self.plan("-C", str(repository.bare), "--from", "main~1", "--to", "main", cwd="/"), 2)
        self.check(self.plan("--from", "nowhere\x1b[2J", "--to", "HEAD"), 1, "no commit 'nowhere [2J'")
        self.check(self.plan("--from", "--output=/tmp/x", "--to", "HEAD"), 1)
        self.check(self.plan("--from", "HEAD", "--to", "HEAD", cwd=self.root), 1, "in no git repository")
        self.check(self.plan("--to", "HEAD"), 1, "--against live")
        self.check(self.plan("--from", "HEAD", "--against", "live"), 1, "leave out --from")

    def test_mistakes_go_under_the_pull_request_too(self):
        self.repository.write(bucket("photos").replace("spec:", "spce:"), "photos.yaml")
        self.repository.commit("a slip")
        answer = self.check(self.plan("--from", "HEAD~1", "--to", "HEAD", "-o", "markdown"), 1)
        self.assertIn("`photos.yaml:4:1`", answer.stdout)
        # Who mends a broken commit still gets a plan, and is told what it can be worth.
        self.check(self.plan("--from", "HEAD", "--to", "HEAD~1"), 2, "never ran", "photos.yaml:4")
        self.assertNotIn("****", self.check(self.plan("--from", "HEAD", "--to", "HEAD~1", "-o", "markdown"), 2).stdout)

    def test_seatbelts_refuse_as_the_daemon_would(self):
        for index in range(8):
            self.repository.write(bucket(f"bkt{index}"), f"bkt{index}.yaml")
        self.repository.commit("eight")
        for index in range(6):
            (self.repository.work / f"bkt{index}.yaml").unlink()
        self.repository.commit("six less")
        answer = self.check(self.plan("--from", "HEAD~1", "--to", "HEAD", "-o", "markdown"), 1, "Refused", "rhizome approve",
                            "Rhizome-Allow-Deletions: 6")
        self.assertNotIn("--allow-deletions", answer.stdout + answer.stderr)
        self.check(self.plan("--from", "HEAD~1", "--to", "HEAD", "--allow-deletions", "6"), 2, "12 to delete")

    def test_what_the_daemon_will_refuse_after_the_merge_is_refused_before_it_in_its_words(self):
        self.add("photos")
        daemon = self.following(first=self.repository.head())
        for spec, rule, help in (("domain: wood.example", "otherSuffix", "directory: {baseDN: \"dc=plant,dc=example\"}"),
                                 ("domain: plant.example, storage: {engine: garage}", "otherEngine", "engine: embedded")):
            with self.subTest(rule=rule):
                self.repository.write(CLUSTER.replace("domain: plant.example", spec) + "---\n" + KEY, "base.yaml")
                commit = self.repository.commit(rule, push=False)
                before = self.check(self.plan("--from", self.repository.first, "--to", "HEAD"), 1, rule, help)
                live = ("--data-dir", daemon.data, "--against", "live", "--to", "HEAD")
                shown = self.check(self.plan(*live), 1, "~  Cluster/plant", rule, help)
                self.assertNotIn("orphan", shown.stdout)
                self.assertIn(help.replace('"', ""), self.check(self.plan(*live, "-o", "markdown"), 1, rule).stdout.replace('"', ""))
                self.repository.push()
                said = daemon.refused(commit, "plan")["refused"]
                self.assertEqual((said["seatbelts"], said["canBeApproved"]), ([rule], False))
                self.assertIn(said["message"].splitlines()[0], before.stdout)
                self.repository.run("reset", "-q", "--hard", self.repository.first)
                self.repository.push("--force")
                daemon.applied(self.repository.first)

    def test_a_folder_that_lost_everything_is_refused_as_the_daemon_would(self):
        self.repository.write(bucket("photos"), "cluster/photos.yaml")
        self.repository.run("mv", "base.yaml", "cluster/base.yaml")
        good = self.repository.commit("in a folder")
        sides = ("-f", "cluster", "--from", good, "--to", "HEAD")
        for text in ("# nothing\n", ""):
            for name in ("base", "photos"):
                self.repository.write(text, f"cluster/{name}.yaml")
            self.repository.commit("emptied")
            self.check(self.plan(*sides), 1, "emptyTree: ", "Bucket/photos", "Rhizome-Allow-Deletions: 2")
            self.check(self.plan("-f", "cluster", "--from", good), 1, "emptyTree: ")
            self.assertIn("**emptyTree**", self.check(self.plan(*sides, "-o", "markdown"), 1).stdout)
        self.repository.run("reset", "-q", "--hard", good)
        self.repository.run("mv", "cluster", "infra")
        self.repository.commit("a better name", push=False)
        self.check(self.plan(*sides), 1, "folderRenamed: ", "2 of its 2 files are in 'infra' now")
        self.assertIn("**folderRenamed**", self.check(self.plan(*sides, "-o", "markdown"), 1).stdout)
        answer = self.check(self.plan("-f", "cluster", "--from", good), 1, "folderRenamed: ", "infra")
        self.assertNotIn("Usage", answer.stderr)

    def test_a_folder_of_the_repository_and_a_first_start(self):
        self.repository.write(CLUSTER + "---\n" + KEY, "deep/cluster/all.yaml")
        commit = self.repository.commit("a folder of its own")
        inside = self.repository.work / "deep"
        self.check(self.plan("--from", "HEAD~1", "--to", "HEAD", "-f", "deep/cluster"), 2, "From nothing")
        self.check(self.plan("--from", "HEAD", "--to", "HEAD", "-f", "cluster", cwd=inside), 0)
        self.check(self.plan("--from", "HEAD", "--to", "HEAD", "-f", "../deep/./cluster", cwd=inside), 0)
        self.check(self.plan("--from", "HEAD", "--to", "HEAD", "-f", "../.."), 1, "outside of the repository")
        first = self.repository.first
        self.check(self.plan("--from", "HEAD", "--to", first, "-f", "deep/cluster"), 1, "folderRenamed: ")
        self.check(self.plan("--from", first, "--to", first, "-f", "deep/cluster"), 1, "no such folder")
        (inside / "cluster/more.yaml").write_text(bucket("not-committed"))
        self.check(self.plan("--from", commit, "-f", "deep/cluster"), 2, "+  Bucket/not-committed")

    def test_trees_that_nobody_should_read_and_settings_that_nobody_should_follow(self):
        repository = self.repository
        base = ("100644", "blob", repository.blob(CLUSTER + "---\n" + KEY), "base.yaml")
        outside = repository.tree_commit([base, ("120000", "blob", repository.blob("/etc/passwd"), "a.yaml")])
        module = repository.tree_commit([base, ("160000", "commit", repository.first, "sub")])
        repository.run("reset", "-q", "--hard", repository.first)
        repository.write("*.yaml filter=x diff=x\n", ".gitattributes")
        lying = repository.run("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "another tree")
        repository.write(bucket("photos"), "photos.yaml")
        good = repository.commit("add photos", push=False)
        repository.run("replace", good, lying)
        trap = self.root / "trap"
        script = self.root / "trap.sh"
        script.write_text(f"#!/bin/sh\ntouch {trap}\nexit 1\n")
        script.chmod(0o700)
        for key in ("core.fsmonitor", "core.sshCommand", "core.hooksPath", "core.pager", "uploadpack.packObjectsHook",
                    "filter.x.smudge", "filter.x.clean", "diff.x.textconv", "core.alternateRefsCommand"):
            repository.run("config", key, str(script))
        self.check(self.plan("--from", repository.first, "--to", outside), 1, "leads out of the folder", "a.yaml")
        self.check(self.plan("--from", repository.first, "--to", module), 1, "submodule")
        self.check(self.plan("--from", repository.first, "--to", good), 2, "Bucket/photos")
        self.assertFalse(trap.exists())

    def test_against_live_asks_the_daemon(self):
        daemon = self.following()
        self.repository.write(bucket("photos"), "photos.yaml")
        ahead = self.repository.commit("not pushed", push=False)
        live = ("--data-dir", daemon.data, "--against", "live")
        self.check(self.plan(*live, "--to", "HEAD"), 2, "+  Bucket/photos")
        self.check(self.plan(*live, "--to", ahead, "-o", "markdown"), 2, "Bucket/photos")
        self.check(self.plan(*live, "--to", "HEAD~1"), 0, "Nothing to do")
        self.check(self.plan(*live, "-f", str(self.repository.work)), 2, "Bucket/photos")
        # What runs is what it is compared with: --from would only seem to name the commit.
        for words in (("--from", ahead), ("--from", "HEAD~1", "--to", "HEAD")):
            self.check(self.plan(*live, *words), 1, "leave out --from")
        self.repository.push()
        daemon.applied(ahead)
        told = self.check(self.plan(*live, "--to", "HEAD~1"), 1, f"olderRevision: it is older than {ahead[:10]}, which runs")
        self.assertIn("rhizome approve", told.stdout + told.stderr)
        self.repository.run("reset", "-q", "--hard", "HEAD~1")
        self.repository.push("--force")
        daemon.refused(self.repository.head(), "rewound", "olderRevision: it is older than")
        wait_for(lambda: daemon.names() == {"Bucket/photos"})

    def test_a_base_that_nobody_may_read_is_told_under_the_pull_request(self):
        (self.repository.work / "out.yaml").symlink_to("../../etc/passwd")
        outside = self.repository.commit("a link that leads out", push=False)
        (self.repository.work / "out.yaml").unlink()
        good = self.repository.commit("mended", push=False)
        told = self.check(self.plan("--from", outside, "--to", good, "-o", "markdown"), 1)
        self.assertIn("**Not valid**", told.stdout)
        self.assertIn("out.yaml", told.stdout)


class Comments(http.server.ThreadingHTTPServer):
    """Where a recipe puts its comment; takes what the forges' documentation says, and nothing else."""

    TOKEN = "c0mment-token"

    def __init__(self, path, header, word):
        server = self
        self.bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                good = (self.path == path and self.headers[header] == word and set(body) == {"body"}
                        and self.headers["Content-Type"] == "application/json")
                if good:
                    server.bodies.append(body["body"])
                self.send_response(201 if good else 400)
                self.end_headers()

            def log_message(self, *arguments):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Recipes(GitCase):
    """The recipes of Examples/git: their script lines are run as they stand, against a real repository and pull request."""

    EXAMPLES = Path(__file__).resolve().parents[2] / "Examples" / "git"

    def setUp(self):
        super().setUp()
        self.repository.write(CLUSTER + "---\n" + KEY, "cluster/base.yaml")
        for index in range(8):
            self.repository.write(bucket(f"bkt{index}"), f"cluster/bkt{index}.yaml")
        self.base = self.repository.commit("a cluster")
        programs = self.root / "bin"
        programs.mkdir()
        (programs / "rhizome").symlink_to(RHIZOME)
        self.path = f"{programs}:{os.environ['PATH']}"

    def comments(self, path, header, word):
        server = Comments(path, header, word)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def load(self, name):
        import yaml
        return yaml.safe_load((self.EXAMPLES / name).read_text())

    def checkout(self, change):
        """A clone with a pull request in it, while the branch has moved on; the head's name."""
        self.repository.run("checkout", "-q", "-B", "proposal", self.base)
        change()
        head = self.repository.commit("a proposal", push=False)
        self.repository.run("push", "-q", "--force", str(self.repository.bare), "HEAD:refs/heads/proposal")
        self.repository.run("checkout", "-q", "main")
        count = len(list(self.root.glob("clone*")))
        self.repository.write(bucket(f"meanwhile{count}"), f"cluster/meanwhile{count}.yaml")
        self.repository.commit("meanwhile")
        clone = self.root / f"clone{count}"
        self.repository.run("clone", "-q", str(self.repository.bare), str(clone), cwd=self.root)
        self.repository.run("checkout", "-q", head, cwd=clone)
        return clone, head

    def shell(self, script, clone, **variables):
        return subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], cwd=clone, capture_output=True, text=True,
                              timeout=120, env={"PATH": self.path, "HOME": str(self.root), **variables})

    def good(self):
        self.repository.write(bucket("photos"), "cluster/photos.yaml")

    def slip(self):
        self.repository.write(bucket("photos").replace("spec:", "spce:"), "cluster/photos.yaml")

    def loss(self):
        for index in range(6):
            (self.repository.work / f"cluster/bkt{index}.yaml").unlink()

    def check(self, server, run):
        """Each kind of proposal: how the recipe ends, and what it wrote under the pull request."""
        for change, code, word in ((self.good, 0, "### Create"), (self.slip, 1, "photos.yaml:4:1"),
                                   (self.loss, 1, "Refused: nothing of this plan will run")):
            with self.subTest(change=change.__name__):
                server.bodies.clear()
                status, output = run(*self.checkout(change))
                self.assertEqual(status, code, output)
                self.assertEqual(len(server.bodies), 1, output)
                self.assertIn(word, server.bodies[0])
                self.assertNotIn("meanwhile", server.bodies[0])
                self.assertNotIn(Comments.TOKEN, output)

    def test_forgejo_actions(self):
        flow = self.load(".forgejo/workflows/rhizome.yaml")
        self.assertEqual(flow[True]["pull_request"]["paths"], ["cluster/**"])  # YAML 1.1 reads the key `on` as true
        job, = flow["jobs"].values()
        self.assertEqual(job["steps"][0]["uses"], "actions/checkout@v4")
        self.assertEqual(job["steps"][0]["with"]["fetch-depth"], 0)
        for step in job["steps"][1:]:
            self.assertNotIn("${{", step["run"], "what a stranger wrote would become part of the script")
        server = self.comments("/api/v1/repos/plant/infra/issues/7/comments", "Authorization", f"token {Comments.TOKEN}")

        def run(clone, head):
            known = {"github.event.pull_request.base.sha": self.base, "github.event.pull_request.head.sha": head,
                     "secrets.GITHUB_TOKEN": Comments.TOKEN, "github.api_url": server.url + "/api/v1",
                     "github.repository": "plant/infra", "github.event.number": "7"}
            output = ""
            for step in job["steps"][1:]:
                env = {name: re.sub(r"\$\{\{ (.*?) \}\}", lambda match: known[match[1]], value)
                       for name, value in step.get("env", {}).items()}
                answer = self.shell(step["run"], clone, **env)
                output += answer.stdout + answer.stderr
                if answer.returncode:
                    return answer.returncode, output
            return 0, output
        self.check(server, run)

    def test_woodpecker(self):
        flow = self.load(".woodpecker.yaml")
        self.assertEqual(flow["when"], [{"event": "pull_request", "path": "cluster/**"}])
        self.assertEqual(flow["clone"]["git"]["settings"], {"partial": False, "depth": 0})
        # Woodpecker itself puts values in for ${…}: a shell's own would never arrive.
        self.assertNotIn("${", (self.EXAMPLES / ".woodpecker.yaml").read_text())
        server = self.comments("/api/v1/repos/plant/infra/issues/7/comments", "Authorization", f"token {Comments.TOKEN}")

        def run(clone, head):
            output = ""
            for step in flow["steps"]:
                self.assertLessEqual(set(step), {"name", "image", "commands", "environment"})
                secrets = {name: Comments.TOKEN for name, value in step.get("environment", {}).items()
                           if value == {"from_secret": "forge_token"}}
                answer = self.shell("\n".join(step["commands"]), clone, CI_COMMIT_TARGET_BRANCH="main", CI_COMMIT_SHA=head,
                                    CI_FORGE_URL=server.url, CI_REPO="plant/infra", CI_COMMIT_PULL_REQUEST="7", **secrets)
                output += answer.stdout + answer.stderr
                if answer.returncode:
                    return answer.returncode, output
            return 0, output
        self.check(server, run)

    def test_gitlab(self):
        job, = self.load(".gitlab-ci.yml").values()
        self.assertEqual(job["variables"], {"GIT_DEPTH": "0"})
        self.assertEqual(job["rules"][0]["if"], '$CI_PIPELINE_SOURCE == "merge_request_event"')
        server = self.comments("/api/v4/projects/42/merge_requests/7/notes", "PRIVATE-TOKEN", Comments.TOKEN)

        def run(clone, head):
            answer = self.shell("\n".join(job["script"]), clone, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main",
                                CI_COMMIT_SHA=head, CI_API_V4_URL=server.url + "/api/v4", CI_PROJECT_ID="42",
                                CI_MERGE_REQUEST_IID="7", FORGE_TOKEN=Comments.TOKEN)
            return answer.returncode, answer.stdout + answer.stderr
        self.check(server, run)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
