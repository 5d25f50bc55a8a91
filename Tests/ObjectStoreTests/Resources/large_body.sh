# Moves 400 MiB in and out of the embedded store: the server must not hold them in memory.
s3() { curl -sS --fail-with-body --aws-sigv4 aws:amz:garage:s3 --config credentials "$@"; }
printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" > credentials
truncate -s 400M large
s3 -T large -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$AWS_ENDPOINT_URL/bucket/large"
# A reader that is slower than the disk: what it has not taken yet must wait on the disk.
s3 --limit-rate 300M "$AWS_ENDPOINT_URL/bucket/large" | cmp - large
