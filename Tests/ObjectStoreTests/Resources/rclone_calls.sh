# Calls the embedded store through rclone.
mkdir -p tree/sub
head -c 100 /dev/urandom > tree/small
head -c 8000000 /dev/urandom > tree/sub/large
echo blank > "tree/sub/a b"
rclone mkdir r:bucket
rclone copy tree r:bucket/tree
rclone check tree r:bucket/tree
rclone check --download tree r:bucket/tree
rclone lsf -R r:bucket | grep -q "tree/sub/a b"
echo changed > tree/small
rclone sync tree r:bucket/tree
test "$(rclone cat r:bucket/tree/small)" = changed
rclone copyto --s3-upload-cutoff 5M --s3-chunk-size 5M tree/sub/large r:bucket/parts
rclone cat r:bucket/parts | cmp - tree/sub/large
rclone moveto r:bucket/parts r:bucket/moved
rclone purge r:bucket/tree
rclone delete r:bucket
rclone rmdir r:bucket
