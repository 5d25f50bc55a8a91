"""Calls the embedded store through boto3 with its default settings, and checks every answer."""

import datetime
import hashlib
import io
import os
import threading

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(key_id=None, secret=None, **config):
    config.setdefault("retries", {"max_attempts": 1})
    return boto3.client(
        "s3",
        aws_access_key_id=key_id or os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or os.environ["AWS_SECRET_ACCESS_KEY"],
        config=Config(**config),
    )


def refused(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        found = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert found == (code, status), f"expected {code} {status}, found {found}: {error}"
    else:
        raise AssertionError(f"expected {code}, but it was allowed")


s3 = client()

# Buckets
s3.create_bucket(Bucket="first")
refused("BucketAlreadyOwnedByYou", 409, s3.create_bucket, Bucket="first")
refused("BucketAlreadyExists", 409, s3.create_bucket, Bucket="foreign")
refused("InvalidBucketName", 400, s3.create_bucket, Bucket="192.168.0.1")
names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
assert names == ["first", "foreign", "quota", "readonly"], names
s3.head_bucket(Bucket="first")
assert s3.get_bucket_location(Bucket="first")["LocationConstraint"] == "garage"
refused("404", 404, s3.head_bucket, Bucket="missing")
refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket="missing")

# Objects: empty, inline, and in a file; with metadata
for size in [0, 1, 16 * 1024, 16 * 1024 + 1, 3_000_000]:
    body = os.urandom(size)
    put = s3.put_object(
        Bucket="first", Key=f"sizes/{size}", Body=body, ContentType="text/x-test", CacheControl="max-age=5",
        Metadata={"colour": "blue"},
    )
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    got = s3.get_object(Bucket="first", Key=f"sizes/{size}", ChecksumMode="ENABLED")
    assert got["Body"].read() == body
    assert got["ContentType"] == "text/x-test" and got["CacheControl"] == "max-age=5"
    assert got["Metadata"] == {"colour": "blue"} and got["ContentLength"] == size and got["ETag"] == put["ETag"]
    assert got["ChecksumCRC32"] == put["ChecksumCRC32"]
    head = s3.head_object(Bucket="first", Key=f"sizes/{size}")
    assert head["ContentLength"] == size and head["Metadata"] == {"colour": "blue"}
    age = datetime.datetime.now(datetime.timezone.utc) - head["LastModified"]
    assert abs(age.total_seconds()) < 60, age
assert s3.get_object(Bucket="first", Key="sizes/3000000", Range="bytes=1-4")["Body"].read() == body[1:5]
assert s3.get_object(Bucket="first", Key="sizes/3000000", Range="bytes=-3")["ContentRange"] == "bytes 2999997-2999999/3000000"
refused("InvalidRange", 416, s3.get_object, Bucket="first", Key="sizes/1", Range="bytes=5-")
refused("304", 304, s3.get_object, Bucket="first", Key="sizes/3000000", IfNoneMatch=put["ETag"])
refused("PreconditionFailed", 412, s3.put_object, Bucket="first", Key="sizes/1", Body=b"x", IfNoneMatch="*")
refused("NoSuchKey", 404, s3.get_object, Bucket="first", Key="missing")
refused("404", 404, s3.head_object, Bucket="first", Key="missing")

# Every checksum, every way to sign a body
for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]:
    try:
        s3.put_object(Bucket="first", Key=f"sum/{algorithm}", Body=b"hello", ChecksumAlgorithm=algorithm)
    except Exception as error:  # botocore without its optional native code knows fewer algorithms
        assert "Missing Dependency" in str(error), error
signed = client(s3={"payload_signing_enabled": True})
signed.put_object(Bucket="first", Key="signed", Body=b"signed body")
plain = client(request_checksum_calculation="when_required")
plain.put_object(Bucket="first", Key="plain", Body=b"plain body")
plain.put_object(Bucket="first", Key="streamed", Body=io.BytesIO(b"stream" * 1000))
refused("BadDigest", 400, plain.put_object, Bucket="first", Key="bad", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")
refused("BadDigest", 400, plain.put_object, Bucket="first", Key="bad", Body=b"x", ChecksumCRC32="AAAAAA==")
refused("404", 404, s3.head_object, Bucket="first", Key="bad")

# Odd keys, and listings
odd = ["odd/ blank +plus", "odd/%41", "odd/a&b<c>\"'", "odd/é/ü", "odd/\U0001f600", "odd/..", "odd//double", "odd/a=b?c#d"]
for key in odd:
    s3.put_object(Bucket="first", Key=key, Body=key.encode())
    assert s3.get_object(Bucket="first", Key=key)["Body"].read() == key.encode()
listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket="first", Prefix="odd/")["Contents"]]
assert listed == sorted(odd, key=str.encode), listed
listed = [entry["Key"] for entry in s3.list_objects(Bucket="first", Prefix="odd/")["Contents"]]
assert listed == sorted(odd, key=str.encode), listed
folders = s3.list_objects_v2(Bucket="first", Delimiter="/")
assert [p["Prefix"] for p in folders["CommonPrefixes"]] == ["odd/", "sizes/", "sum/"], folders
assert [e["Key"] for e in folders["Contents"]] == ["plain", "signed", "streamed"]
pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket="first", PaginationConfig={"PageSize": 3}))
everything = [e["Key"] for page in pages for e in page["Contents"]]
assert len(pages) > 3 and len(everything) == len(set(everything)) and everything == sorted(everything, key=str.encode)
old = [e["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket="first", PaginationConfig={"PageSize": 3}) for e in page["Contents"]]
assert old == everything
after = s3.list_objects_v2(Bucket="first", StartAfter="plain")["Contents"]
assert after[0]["Key"] == "signed"

# Copying
s3.copy_object(Bucket="first", Key="copy", CopySource={"Bucket": "first", "Key": "sizes/3000000"})
assert s3.get_object(Bucket="first", Key="copy")["Body"].read() == body
assert s3.head_object(Bucket="first", Key="copy")["Metadata"] == {"colour": "blue"}

# Multipart
upload = s3.create_multipart_upload(Bucket="first", Key="large", ContentType="video/x", Metadata={"a": "b"})["UploadId"]
first, second = os.urandom(5 << 20), os.urandom(1000)
parts = []
for number, data in [(1, first), (2, second)]:
    part = s3.upload_part(Bucket="first", Key="large", UploadId=upload, PartNumber=number, Body=data)
    parts.append({"PartNumber": number, "ETag": part["ETag"]})
assert [p["PartNumber"] for p in s3.list_parts(Bucket="first", Key="large", UploadId=upload)["Parts"]] == [1, 2]
assert [u["Key"] for u in s3.list_multipart_uploads(Bucket="first")["Uploads"]] == ["large"]
refused("404", 404, s3.head_object, Bucket="first", Key="large")
done = s3.complete_multipart_upload(Bucket="first", Key="large", UploadId=upload, MultipartUpload={"Parts": parts})
assert done["ETag"].endswith('-2"'), done
large = s3.get_object(Bucket="first", Key="large")
assert large["Body"].read() == first + second and large["ContentType"] == "video/x" and large["Metadata"] == {"a": "b"}
across = s3.get_object(Bucket="first", Key="large", Range=f"bytes={len(first) - 2}-{len(first) + 1}")["Body"].read()
assert across == first[-2:] + second[:2]
refused("NoSuchUpload", 404, s3.list_parts, Bucket="first", Key="large", UploadId=upload)
upload = s3.create_multipart_upload(Bucket="first", Key="given-up")["UploadId"]
s3.upload_part(Bucket="first", Key="given-up", UploadId=upload, PartNumber=1, Body=b"x")
s3.abort_multipart_upload(Bucket="first", Key="given-up", UploadId=upload)
s3.upload_fileobj(io.BytesIO(os.urandom(20 << 20)), "first", "transfer")
assert s3.head_object(Bucket="first", Key="transfer")["ContentLength"] == 20 << 20

# The same key from many clients at once: one of them wins, whole
bodies = {hashlib.md5(b).hexdigest(): b for b in [bytes([i]) * 40_000 for i in range(16)]}
threads = [threading.Thread(target=s3.put_object, kwargs=dict(Bucket="first", Key="race", Body=b)) for b in bodies.values()]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
winner = s3.get_object(Bucket="first", Key="race")
assert bodies[winner["ETag"].strip('"')] == winner["Body"].read()

# Refusals that people will meet
refused("SignatureDoesNotMatch", 403, client(secret="wrong").list_buckets)
refused("InvalidAccessKeyId", 403, client(key_id="GKnobody").list_buckets)
refused("InvalidAccessKeyId", 403, client(key_id="GKexpired").list_buckets)
refused("AccessDenied", 403, s3.list_objects_v2, Bucket="foreign")
refused("AccessDenied", 403, s3.put_object, Bucket="readonly", Key="k", Body=b"x")
refused("AccessDenied", 403, s3.put_object, Bucket="readonly", Key="k", Body=b"x" * 5_000_000)
refused("AccessDenied", 403, s3.delete_object, Bucket="readonly", Key="k")
refused("AccessDenied", 403, s3.delete_bucket, Bucket="readonly")
refused("AccessDenied", 403, client(key_id="GKother").create_bucket, Bucket="another")
refused("NotImplemented", 501, s3.get_object_tagging, Bucket="first", Key="race")
refused("QuotaExceeded", 403, s3.put_object, Bucket="quota", Key="big", Body=b"x" * 100_001)
refused("QuotaExceeded", 403, s3.put_object, Bucket="quota", Key="big", Body=b"x" * 5_000_000)
for index in range(3):
    s3.put_object(Bucket="quota", Key=str(index), Body=b"x" * 30_000)
refused("QuotaExceeded", 403, s3.put_object, Bucket="quota", Key="fourth", Body=b"")
refused("QuotaExceeded", 403, s3.put_object, Bucket="quota", Key="0", Body=b"x" * 41_000)
s3.put_object(Bucket="quota", Key="0", Body=b"x" * 40_000)

# A clock that is wrong
shift = datetime.timedelta(hours=1)
import botocore.auth

original = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
if original:
    botocore.auth.get_current_datetime = lambda *a, **k: original(*a, **k) - shift
    refused("RequestTimeTooSkewed", 403, s3.list_buckets)
    botocore.auth.get_current_datetime = original
else:
    raise AssertionError("this boto3 has no clock that the test knows how to turn back")

# Presigned addresses
import urllib.request

url = s3.generate_presigned_url("get_object", Params={"Bucket": "first", "Key": "plain"}, ExpiresIn=60)
assert urllib.request.urlopen(url).read() == b"plain body"

# Deleting
refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="first")
s3.delete_object(Bucket="first", Key="never-there")
while True:
    page = s3.list_objects_v2(Bucket="first")
    if page["KeyCount"] == 0:
        break
    gone = s3.delete_objects(Bucket="first", Delete={"Objects": [{"Key": e["Key"]} for e in page["Contents"]]})
    assert len(gone["Deleted"]) == page["KeyCount"] and "Errors" not in gone
s3.delete_bucket(Bucket="first")
refused("404", 404, s3.head_bucket, Bucket="first")
print("ok")
