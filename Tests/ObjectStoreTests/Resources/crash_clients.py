"""Uploads until the server is gone, noting each answer; or checks that all that was answered is there.

upload PORTFILE NOTES     check ENDPOINT NOTES
"""

import hashlib
import os
import random
import sys
import threading
import time

import boto3
from botocore.config import Config


def client(endpoint):
    config = Config(retries={"max_attempts": 1}, connect_timeout=2, read_timeout=5, max_pool_connections=20)
    return boto3.client("s3", endpoint_url=endpoint, config=config)


def upload(port_file, notes):
    deadline = time.time() + 60
    while not os.path.exists(port_file):
        assert time.time() < deadline, "the server did not start"
        time.sleep(0.01)
    s3 = client(f"http://127.0.0.1:{open(port_file).read().strip()}")
    lock = threading.Lock()
    log = open(notes, "w")

    answers = []

    def note(*words):
        with lock:
            print(*words, file=log, flush=True)
            answers.extend(words[:1] if words[0] == "done" else [])
            # From here on the server may die at any time: there is something that it must not forget.
            if len(answers) == 10:
                open(f"{port_file}.ready", "w").close()

    def work(worker):
        chance = random.Random(worker)
        for step in range(100_000):
            key = f"{worker}/{chance.randrange(5)}"
            size = chance.choice([0, 100, 10_000, 40_000, 300_000])
            body = chance.randbytes(size)
            digest = hashlib.md5(body).hexdigest() if chance.random() < 0.8 else "deleted"
            note("trying", key, digest)
            try:
                if digest == "deleted":
                    s3.delete_object(Bucket="bucket", Key=key)
                else:
                    s3.put_object(Bucket="bucket", Key=key, Body=body)
            except Exception:
                return
            note("done", key, digest)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(answers) >= 10, f"only {len(answers)} requests were answered"


def check(endpoint, notes):
    done, trying = {}, {}
    count = 0
    for line in open(notes):
        what, key, digest = line.split()
        if what == "done":
            done[key] = digest
            trying.pop(key, None)
            count += 1
        else:
            trying[key] = digest
    assert count > 5, f"only {count} requests were answered before the crash"
    s3 = client(endpoint)
    entries = s3.list_objects_v2(Bucket="bucket").get("Contents", [])
    found = {}
    for entry in entries:
        body = s3.get_object(Bucket="bucket", Key=entry["Key"])["Body"].read()
        found[entry["Key"]] = hashlib.md5(body).hexdigest()
        assert entry["ETag"].strip('"') == found[entry["Key"]] and entry["Size"] == len(body), entry
    for key in set(done) | set(trying) | set(found):
        allowed = {done.get(key, "deleted"), trying.get(key, done.get(key, "deleted"))}
        assert found.get(key, "deleted") in allowed, f"{key}: found {found.get(key)}, allowed {allowed}"
    print(f"answered={count} objects={len(entries)} bytes={sum(e['Size'] for e in entries)}")


{"upload": upload, "check": check}[sys.argv[1]](*sys.argv[2:])
