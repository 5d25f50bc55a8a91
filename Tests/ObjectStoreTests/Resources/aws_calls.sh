# Calls the embedded store through the AWS command line with its default settings.
mkdir -p tree/sub
head -c 100 /dev/urandom > tree/small
head -c 20000 /dev/urandom > "tree/sub/with blank + plus"
head -c 10000000 /dev/urandom > tree/large

refused() { # CODE COMMAND...: the command must fail and name the code
  local code=$1 output
  shift
  if output=$("$@" 2>&1); then echo "allowed, instead of $code: $*"; exit 1; fi
  grep -q "$code" <<< "$output" || { echo "expected $code: $output"; exit 1; }
}

aws s3 mb s3://bucket
refused BucketAlreadyOwnedByYou aws s3api create-bucket --bucket bucket
aws s3 ls | grep -q bucket
aws s3api head-bucket --bucket bucket
test "$(aws s3api get-bucket-location --bucket bucket --query LocationConstraint --output text)" = garage
aws s3 cp tree/small s3://bucket/single --content-type text/x-small --metadata a=b
aws s3 cp s3://bucket/single back && cmp back tree/small
aws s3api head-object --bucket bucket --key single | grep -q '"a": "b"'
aws s3 cp tree/large s3://bucket/large
aws s3 cp s3://bucket/large back && cmp back tree/large
echo piped | aws s3 cp - s3://bucket/piped
test "$(aws s3 cp s3://bucket/piped -)" = piped
aws s3 sync tree s3://bucket/tree
test -z "$(aws s3 sync tree s3://bucket/tree)"
aws s3 sync s3://bucket/tree copy && diff -r tree copy
aws s3 ls --recursive s3://bucket/ | grep -q "tree/sub/with blank + plus"
aws s3 mv s3://bucket/single s3://bucket/moved
aws s3api put-object --bucket bucket --key "folder/" > /dev/null
aws s3api list-objects-v2 --bucket bucket --delimiter / --max-items 2 > /dev/null
aws s3api list-objects --bucket bucket > /dev/null
refused NoSuchKey aws s3api get-object --bucket bucket --key missing /dev/null
refused NoSuchBucket aws s3 ls s3://missing
refused BucketNotEmpty aws s3 rb s3://bucket
AWS_SECRET_ACCESS_KEY=wrong refused SignatureDoesNotMatch aws s3 ls
AWS_ACCESS_KEY_ID=GKnobody refused InvalidAccessKeyId aws s3 ls
aws s3 rm --recursive s3://bucket
test -z "$(aws s3 ls --recursive s3://bucket)"
aws s3 rb s3://bucket
