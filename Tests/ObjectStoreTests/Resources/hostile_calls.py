"""Speaks to the store as a broken or hostile client would, over bare sockets."""

import os
import socket
import sys
from urllib.parse import urlsplit

import boto3

s3 = boto3.client("s3")
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])


def exchange(data, then_close=False, timeout=10):
    with socket.create_connection((endpoint.hostname, endpoint.port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if then_close:
                return b""
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
            return answer
        except (BrokenPipeError, ConnectionResetError):
            return b""


def put_target(key):
    url = urlsplit(s3.generate_presigned_url("put_object", Params={"Bucket": "bucket", "Key": key}))
    return f"{url.path}?{url.query}", url.netloc


def absent(key):
    listed = s3.list_objects_v2(Bucket="bucket", Prefix=key)
    assert listed["KeyCount"] == 0, f"{key} was stored"


# A body that is cut off, in memory and in a file, is never stored
for size in [10, 1_000_000]:
    target, host = put_target(f"cut-{size}")
    head = f"PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size * 2}\r\n\r\n".encode()
    exchange(head + b"x" * size, then_close=True)
    exchange(head + b"x" * size)
    absent(f"cut-{size}")

# So is a chunked one
target, host = put_target("cut-chunked")
head = f"PUT {target} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
exchange(head + b"100000\r\n" + b"x" * 1000)
absent("cut-chunked")
answer = exchange(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"5\r\nhello\r\n0\r\n\r\n")
assert b"200 OK" in answer, answer

# Announced lengths that lie
target, host = put_target("lie")
for length in ["-1", "99999999999999999999", "5x"]:
    answer = exchange(f"PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\nhello".encode())
    assert answer == b"" or b" 400 " in answer.split(b"\r\n")[0], answer[:200]
absent("lie")

# Nonsense
for junk in [b"\x00" * 1000, b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 1000, b"GET " + b"/" * 200_000 + b" HTTP/1.1\r\n\r\n"]:
    answer = exchange(junk)
    assert answer == b"" or b" 4" in answer.split(b"\r\n")[0], answer[:200]
big = "".join(f"x-header-{n}: {'v' * 1000}\r\n" for n in range(2000))
answer = exchange(f"GET / HTTP/1.1\r\nHost: x\r\n{big}\r\n".encode())
assert answer == b"" or b" 4" in answer.split(b"\r\n")[0], answer[:200]
for path in ["/%", "/bucket/%ff", "/bucket?prefix=%ff", "/..", "/bucket/../../etc/passwd"]:
    answer = exchange(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert b" 40" in answer.split(b"\r\n")[0], answer[:200]

# A page of the web server never leads out of the bucket
web = int(os.environ["WEB_PORT"])
for path in ["/../private/secret", "/%2e%2e/private/secret", "//private/secret", "/..%2f..%2fmetadata.sqlite"]:
    with socket.create_connection(("127.0.0.1", web), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: bucket.web.localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    assert b" 404 " in answer.split(b"\r\n")[0], answer[:200]

# And the server still serves
s3.put_object(Bucket="bucket", Key="still", Body=b"here")
print("ok")
