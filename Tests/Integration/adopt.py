"""Adoption, end to end with a real daemon: what was made behind its back, and what it made itself before it lost its
records, is written as manifests, taken over and left as it is. Real clients look before and after."""

import hashlib
import hmac
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from drift import RHIZOME, wait_for
from ports import free_port

BASE = "dc=plant,dc=example"

FOUNDATION = """
apiVersion: rhizome/v1
kind: Cluster
metadata: {name: plant}
spec: {domain: plant.example, policy: {resync: 1h}}
---
apiVersion: rhizome/v1
kind: Zone
metadata: {name: home}
spec: {gateway: {mode: none}}
---
apiVersion: rhizome/v1
kind: Node
metadata: {name: box}
spec: {zone: home, address: 192.0.2.1}
"""

FOUNDER = """
apiVersion: rhizome/v1
kind: AccessKey
metadata: {name: founder}
spec: {createBucket: true}
"""

EVERYTHING = """
apiVersion: rhizome/v1
kind: AccessKey
metadata: {name: publisher}
spec: {displayName: 'Publishes: the "site"', generation: 3}
---
apiVersion: rhizome/v1
kind: Bucket
metadata: {name: site}
spec:
  aliases: [site, www.plant.example]
  website: {error: "404.html"}
  quotas: {size: 10GiB}
  access: [{key: publisher, permissions: [read, write]}]
---
apiVersion: rhizome/v1
kind: Secret
metadata: {name: first}
spec: {generated: {length: 16}}
---
apiVersion: rhizome/v1
kind: User
metadata: {name: alice}
spec: {displayName: Alice Rivière, mail: [alice@plant.example], password: {secret: first}}
---
apiVersion: rhizome/v1
kind: Group
metadata: {name: admins}
spec: {description: They look after the machines, members: [alice]}
"""

PEOPLE = f"""dn: {BASE}
objectClass: dcObject
objectClass: organization
o: plant

dn: ou=users,{BASE}
objectClass: organizationalUnit

dn: ou=groups,{BASE}
objectClass: organizationalUnit

dn: uid=bob,ou=users,{BASE}
objectClass: inetOrgPerson
cn: Bob
cn: Robert
sn: "Quoted": & <odd>
displayName: yes
mail: bob@plant.example
telephoneNumber: +33 1 23
userPassword: bobs-own-password
jpegPhoto:: /9j/4AAQ

dn: uid=anne.marie,ou=users,{BASE}
objectClass: inetOrgPerson
cn: Anne-Marie
sn: Marie

dn: cn=friends,ou=groups,{BASE}
objectClass: groupOfNames
description: They come: on Sundays
member: uid=bob,ou=users,{BASE}
"""


class Box:
    """One machine's daemon, that may be stopped and started again."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rhz-adopt-")
        self.root = Path(self.folder.name)
        self.data, self.manifests = self.root / "data", self.root / "manifests"
        self.adopted = self.manifests / "adopted"
        self.manifests.mkdir()
        self.ldap, self.s3, self.web = free_port(), free_port(), free_port()
        self.start()

    def start(self):
        listens = [word for name in ("s3", "web", "ldap")
                   for word in (f"--{name}-listen", f"127.0.0.1:{getattr(self, name)}")]
        with open(self.root / "log", "ab") as log:
            self.process = subprocess.Popen([RHIZOME, "agent", "--data-dir", self.data, *listens], stdout=log, stderr=log)
        wait_for(lambda: self.run("history").returncode == 0)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)

    def close(self):
        self.stop()
        self.folder.cleanup()

    def write(self, *texts):
        for number, text in enumerate(texts):
            (self.manifests / f"{number}.yaml").write_text(text)

    def run(self, *words):
        return subprocess.run([RHIZOME, *words, "--data-dir", self.data], capture_output=True, text=True, timeout=90)

    def apply(self):
        answer = self.run("apply", "-f", self.manifests)
        assert answer.returncode == 0, answer.stdout + answer.stderr

    def plan(self):
        answer = self.run("plan", "-f", self.manifests, "-o", "json")
        assert answer.stdout, answer.stderr
        return json.loads(answer.stdout)["plan"], answer.returncode

    def spec(self, address):
        return json.loads(self.run("get", address, "--show-secrets", "-o", "json").stdout)[0]["spec"]

    # What other programs see

    def client(self, key):
        return boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.s3}", region_name="garage",
                            aws_access_key_id=key["id"], aws_secret_access_key=key["secret"])

    def manager(self):
        """The directory's own manager: what a restored backup or another program would write with."""
        purpose = b"directory-manager"
        message = len(purpose).to_bytes(4, "big") + purpose
        password = self.root / "manager"
        password.touch(mode=0o600)
        password.write_text(hmac.new((self.data / "master.key").read_bytes(), message, hashlib.sha256).hexdigest())
        return ["-x", "-H", f"ldap://127.0.0.1:{self.ldap}", "-D", f"cn=rhizome,{BASE}", "-y", password]

    def add(self, ldif):
        answer = subprocess.run(["ldapadd", *self.manager()], input=ldif, text=True, capture_output=True)
        assert answer.returncode == 0, answer.stderr

    def logs_in(self, account, password):
        words = ["ldapwhoami", "-x", "-H", f"ldap://127.0.0.1:{self.ldap}", "-D", f"uid={account},ou=users,{BASE}",
                 "-w", password]
        return subprocess.run(words, capture_output=True).returncode == 0

    def people(self):
        """All entries with all attributes that anybody wrote, hashes of passwords too."""
        words = ["ldapsearch", "-LLL", "-o", "ldif-wrap=no", *self.manager(), "-b", BASE, "*"]
        answer = subprocess.run(words, capture_output=True, text=True)
        assert answer.returncode in (0, 32), answer.stderr  # 32: nothing is in it yet.
        return answer.stdout

    # What is on disk

    def bytes(self):
        """Every file of the object store but its database, by its digest."""
        folder = self.data / "objects"
        files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("metadata.sqlite")]
        return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def rows(self):
        """The whole database of the object store, without our marks."""
        with sqlite3.connect(f"file:{self.data}/objects/metadata.sqlite?mode=ro", uri=True, timeout=10) as database:
            tables = [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {}
            for table in sorted(tables):
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != "mark"]
                words = ", ".join(f'"{column}"' for column in columns)
                found[table] = sorted(map(repr, database.execute(f"SELECT {words} FROM {table}")))
            return found

    def engines(self):
        return self.bytes(), self.rows(), self.people()

    def lose_records(self):
        """What happens to a state folder that came back from an old backup: the engines are full, the books are empty."""
        self.stop()
        with sqlite3.connect(self.data / "state.sqlite") as database:
            database.execute("DELETE FROM entry WHERE key NOT LIKE 'meta/%' AND key NOT LIKE 'directory/%'")
        self.start()


class AdoptionTests(unittest.TestCase):
    def setUp(self):
        self.box = Box()
        self.addCleanup(self.box.close)

    def adopt(self, *words, code=0):
        answer = self.box.run("adopt", *words, "--out", self.box.adopted)
        self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
        return answer

    def texts(self):
        return {path.name: path.read_text() for path in sorted(self.box.adopted.glob("*"))}

    def take_over(self):
        """Plans, applies and plans again; nothing in any engine may change."""
        before = self.box.engines()
        plan, code = self.box.plan()
        self.assertEqual(code, 2, plan)
        self.assertEqual({action["verb"] for action in plan["actions"]}, {"adopt"}, plan)
        self.assertEqual([action for action in plan["actions"] if action.get("changes")], [])
        self.assertEqual(self.box.engines(), before)
        self.box.apply()
        self.assertEqual(self.box.engines(), before)
        plan, code = self.box.plan()
        self.assertEqual(code, 0, plan)

    def edit(self, name, old, new):
        file = self.box.adopted / name
        text = file.read_text()
        self.assertIn(old, text)
        file.write_text(text.replace(old, new))
        self.box.apply()
        self.assertEqual(self.box.plan()[1], 0)

    def test_what_others_made(self):
        box = self.box
        box.write(FOUNDATION, FOUNDER)
        box.apply()
        founder = box.spec("AccessKey/founder")
        s3 = box.client(founder)
        for name in ("photos", "old.blog.example"):
            s3.create_bucket(Bucket=name)
        s3.put_object(Bucket="photos", Key="large", Body=b"x" * 3_000_000)
        s3.put_object(Bucket="photos", Key="small", Body=b"small")
        box.add(PEOPLE)
        answer = self.adopt("all", code=1)  # anne.marie and a picture stay out.
        self.assertIn("2 Buckets, 1 User, 1 Group", answer.stdout)
        self.assertIn("anne.marie", answer.stderr)
        self.assertIn("jpegPhoto", answer.stderr)
        self.assertEqual(list(self.texts()), ["buckets.yaml", "groups.yaml", "users.yaml"])
        everything = "".join(self.texts().values())
        self.assertNotIn("bobs-own-password", everything)
        self.assertNotRegex(everything, re.compile(r"\{SSHA|userPassword|" + founder["secret"]))
        self.assertIn('rhizome/adopt: "true"', everything)
        self.take_over()
        self.assertTrue(box.logs_in("bob", "bobs-own-password"))
        self.assertEqual(s3.get_object(Bucket="photos", Key="large")["Body"].read(), b"x" * 3_000_000)
        s3.put_object(Bucket="old.blog.example", Key="new", Body=b"still mine")
        # From now on it is like everything else, and what is not declared stays.
        self.edit("users.yaml", 'displayName: "yes"', "displayName: Bob the Builder")
        people = box.people()
        for line in ("displayName: Bob the Builder", "cn: Bob", "cn: Robert", "jpegPhoto:: /9j/4AAQ"):
            self.assertIn(line + "\n", people)
        self.assertTrue(box.logs_in("bob", "bobs-own-password"))
        again = box.run("adopt", "storage", "--out", box.root / "again")
        self.assertEqual((again.returncode, again.stdout), (0, "Nothing to adopt: no file was written.\n"), again.stderr)

    def test_what_it_made_itself_before_its_records_were_lost(self):
        box = self.box
        box.write(FOUNDATION, EVERYTHING)
        box.apply()
        key, password = box.spec("AccessKey/publisher"), box.spec("Secret/first")["value"]
        box.client(key).put_object(Bucket="site", Key="index.html", Body=b"<h1>plant</h1>")
        box.lose_records()
        (box.manifests / "1.yaml").unlink()
        box.apply()
        self.adopt("all", "--per", "resource")
        names = ["access-key-publisher.yaml", "bucket-site.yaml", "group-admins.yaml", "user-alice.yaml"]
        self.assertEqual(list(self.texts()), names)
        everything = "".join(self.texts().values())
        self.assertIn(f"imported: {{id: {key['id']}}}", everything)
        for secret in (key["secret"], password):
            self.assertNotIn(secret, everything)
        self.take_over()
        self.edit("access-key-publisher.yaml", 'Publishes: the \\"site\\"', "Publishes it")
        self.assertTrue(box.logs_in("alice", password))
        self.assertEqual(box.client(key).get_object(Bucket="site", Key="index.html")["Body"].read(), b"<h1>plant</h1>")

    def test_what_is_in_the_way(self):
        box = self.box
        box.write(FOUNDATION, FOUNDER)
        box.apply()
        box.client(box.spec("AccessKey/founder")).create_bucket(Bucket="photos")
        box.adopted.mkdir()
        (box.adopted / "buckets.yaml").write_text("# mine\n")
        self.assertIn("is not empty", self.adopt("storage", code=1).stderr)
        self.assertIn("exists already", self.adopt("storage", "--add", code=1).stderr)
        self.assertEqual(self.texts(), {"buckets.yaml": "# mine\n"})
        (box.adopted / "buckets.yaml").rename(box.adopted / "mine.txt")
        self.adopt("storage", "--add")
        self.assertEqual(list(self.texts()), ["buckets.yaml", "mine.txt"])

    def test_a_key_may_lose_the_right_that_made_a_bucket_only_knowingly(self):
        """What a key may do is in the bucket's declaration, so that it is not lost unseen."""
        box = self.box
        box.write(FOUNDATION, FOUNDER)
        box.apply()
        s3 = box.client(box.spec("AccessKey/founder"))
        s3.create_bucket(Bucket="photos")
        self.adopt("storage")
        self.assertIn("access: [{key: founder, permissions: [owner, read, write]}]", self.texts()["buckets.yaml"])
        self.take_over()
        text = self.texts()["buckets.yaml"]
        (box.adopted / "buckets.yaml").write_text(text.replace("owner, read, write", "owner, read"))
        box.apply()
        with self.assertRaises(ClientError):
            s3.put_object(Bucket="photos", Key="refused", Body=b"no")


class RouterTests(unittest.TestCase):
    """Needs the laboratory: a router with mappings that other programs asked for."""

    def test_a_router_with_mappings_of_several_machines(self):
        from collective import Collective, Port, forwarded, homes
        with homes("adopt", "home fir machines=m1,m2\n") as lab:
            fir = Collective(lab, [("fir", "m1")])
            self.addCleanup(fir.remove)
            try:
                self.check(lab, fir, Port("web", "fir", "m1", "tcp", 8443, 9000), forwarded)
            finally:
                fir.stop()

    def check(self, lab, fir, port, forwarded):
        node = ("fir", "m1")
        fir.start(node)
        wait_for(lambda: fir.answers(node))
        fir.apply([])
        lab.plant("fir/m1", "8443", "9000", "tcp", "Nextcloud", "0")
        lab.plant("fir/m1", "8444", "9001", "tcp", "Nextcloud", "0")
        lab.plant("fir/m2", "8500", "9500", "tcp", "console", "0")
        routes = forwarded(lab, "fir")
        self.assertEqual(len(routes), 3)
        answer = fir.run(node, "adopt", "gateway", "--out", str(fir.manifests / "adopted"))
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn("PortMapping/fir.tcp-8500 leads to", answer.stderr)
        text = (fir.manifests / "adopted" / "services.yaml").read_text()
        self.assertIn("name: nextcloud", text)
        self.assertIn("external: {}", text)
        plan = json.loads(fir.run(node, "plan", "-f", str(fir.manifests), "-o", "json").stdout)["plan"]
        self.assertEqual({(action["verb"], action["address"]) for action in plan["actions"]},
                         {("adopt", "Service/nextcloud"), ("adopt", "PortMapping/fir.tcp-8443"),
                          ("adopt", "PortMapping/fir.tcp-8444")})
        applied = fir.run(node, "apply", "-f", str(fir.manifests))
        self.assertEqual(applied.returncode, 0, applied.stdout + applied.stderr)
        self.assertEqual(forwarded(lab, "fir"), routes)
        empty = fir.run(node, "plan", "-f", str(fir.manifests))
        self.assertEqual(empty.returncode, 0, empty.stdout)


if __name__ == "__main__":
    chosen = [AdoptionTests] if "--no-lab" in sys.argv else [AdoptionTests, RouterTests]
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in chosen)
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    print(f"{result.testsRun} tests of adoption ran")
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
