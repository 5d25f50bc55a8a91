"""Uploads in aws-chunked coding, as the SDKs do over TLS and for streams, with signatures made by botocore."""

import base64
import hashlib
import hmac
import http.client
import os
import zlib
from urllib.parse import urlsplit

import boto3
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

s3 = boto3.client("s3")
endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
secret = os.environ["AWS_SECRET_ACCESS_KEY"]
credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], secret)
EMPTY = hashlib.sha256(b"").hexdigest()


class ChunkedAuth(S3SigV4Auth):
    """Signs for the payload hash that the request names, instead of hashing the body."""

    def __init__(self, mode):
        super().__init__(credentials, "s3", "garage")
        self.mode = mode

    def payload(self, request):
        return self.mode


def hmac256(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def put(key, body, mode, chunk, spoil=None):
    """Sends `body` in chunks; `spoil` changes one line of the coding. Returns status and answer."""
    signed, trailer = "HMAC" in mode, mode.endswith("TRAILER")
    headers = {
        "Content-Encoding": "aws-chunked",
        "X-Amz-Decoded-Content-Length": str(len(body)),
    }
    if trailer:
        headers["X-Amz-Trailer"] = "x-amz-checksum-crc32"
    request = AWSRequest("PUT", f"{endpoint.geturl()}/bucket/{key}", headers)
    ChunkedAuth(mode).add_auth(request)
    assert request.headers["X-Amz-Content-SHA256"] == mode
    previous = request.headers["Authorization"].split("Signature=")[1]
    date = request.context["timestamp"]
    scope = f"{date[:8]}/garage/s3/aws4_request"
    signing_key = f"AWS4{secret}".encode()
    for part in [date[:8], "garage", "s3", "aws4_request"]:
        signing_key = hmac256(signing_key, part)

    coded = b""
    for start in [*range(0, len(body), chunk), len(body)]:
        data = body[start:start + chunk] if start < len(body) else b""
        line = f"{len(data):x}"
        if signed:
            text = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, EMPTY, hashlib.sha256(data).hexdigest()]
            previous = hmac256(signing_key, "\n".join(text)).hex()
            line += f";chunk-signature={previous}"
        coded += line.encode() + b"\r\n" + data + (b"\r\n" if data else b"")
    if trailer:
        checksum = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
        coded += f"x-amz-checksum-crc32:{checksum}\r\n".encode()
        if signed:
            lines = hashlib.sha256(f"x-amz-checksum-crc32:{checksum}\n".encode()).hexdigest()
            text = ["AWS4-HMAC-SHA256-TRAILER", date, scope, previous, lines]
            coded += f"x-amz-trailer-signature:{hmac256(signing_key, chr(10).join(text)).hex()}\r\n".encode()
    coded += b"\r\n"
    if spoil:
        assert spoil[0] in coded
        coded = coded.replace(*spoil, 1)
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port)
    connection.request("PUT", f"/bucket/{key}", coded, dict(request.headers.items()))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
for mode in [UNSIGNED, SIGNED, SIGNED + "-TRAILER"]:
    body = os.urandom(200_000)
    assert put(mode, body, mode, 65_536) == (200, ""), put(mode, body, mode, 65_536)
    stored = s3.get_object(Bucket="bucket", Key=mode)
    assert stored["Body"].read() == body and "ContentEncoding" not in stored
    for size in [0, 5, 100_000]:
        key, body = f"{mode}-{size}", b"y" * size
        assert put(key, body, mode, 8192)[0] == 200
        assert s3.get_object(Bucket="bucket", Key=key)["Body"].read() == body
        s3.delete_object(Bucket="bucket", Key=key)

wrong = b"x-amz-checksum-crc32:", b"x-amz-checksum-crc32:AAAA"
status, answer = put("bad", b"z" * 50_000, UNSIGNED, 8192, wrong)
assert status == 400 and "BadDigest" in answer, answer
status, answer = put("bad", b"z" * 50_000, SIGNED, 8192, (b"zzz", b"zyz"))
assert status == 403 and "SignatureDoesNotMatch" in answer, answer
status, answer = put("bad", b"z" * 50_000, SIGNED + "-TRAILER", 8192, (b"trailer-signature:", b"trailer-signature:0"))
assert status == 403 and "SignatureDoesNotMatch" in answer, answer
status, answer = put("bad", b"z" * 50_000, UNSIGNED, 8192, (b"2000\r\n", b"2001\r\n"))
assert status == 400 and "InvalidRequest" in answer, answer
assert s3.list_objects_v2(Bucket="bucket", Prefix="bad")["KeyCount"] == 0
print("ok")
