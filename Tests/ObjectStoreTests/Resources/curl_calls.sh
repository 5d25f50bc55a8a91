# Calls the embedded store through curl's own implementation of the signature, then reads the site as a browser would.
s3() { curl -sS --fail-with-body --aws-sigv4 aws:amz:garage:s3 --config credentials "$@"; }
printf 'user = "%s:%s"\n' "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" > credentials

test "$(printf hello | s3 -T - -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$AWS_ENDPOINT_URL/site/a%20b/c" -o /dev/null -w '%{http_code}')" = 200
test "$(s3 "$AWS_ENDPOINT_URL/site/a%20b/c")" = hello
s3 "$AWS_ENDPOINT_URL/site?list-type=2&prefix=a" | grep -q '<KeyCount>1</KeyCount>'
test "$(s3 --connect-to "site.s3.localhost:80:${AWS_ENDPOINT_URL#http://}" http://site.s3.localhost/a%20b/c)" = hello
printf plain > plain
s3 -T plain -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$AWS_ENDPOINT_URL/site/plain"
test "$(s3 "$AWS_ENDPOINT_URL/site/plain")" = plain
# Without the header, curl 7.88 signs an empty body: anything else must be refused, and the answer must tell the remedy.
if s3 -T plain "$AWS_ENDPOINT_URL/site/unsigned" > answer; then exit 1; fi
grep UNSIGNED-PAYLOAD answer
test "$(curl -sS "$AWS_ENDPOINT_URL/site/a%20b/c" -o /dev/null -w '%{http_code}')" = 403
test "$(curl -sS -X PATCH "$AWS_ENDPOINT_URL/" -o /dev/null -w '%{http_code}')" = 403
test "$(s3 -X DELETE "$AWS_ENDPOINT_URL/site/a%20b/c" -w '%{http_code}')" = 204

put() { printf '%s' "$2" > body; s3 -X PUT --data-binary @body -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -H "content-type: $3" "$AWS_ENDPOINT_URL/$1" > /dev/null; }
put site/index.html home text/html
put site/sub/index.html inner text/html
put site/404.html lost text/html
put site/style.css 'a{}' text/css
put private/index.html secret text/html

page() { curl -sS -H "Host: $1" "http://127.0.0.1:$WEB_PORT$2"; }
status() { curl -sS -o /dev/null -w "%{http_code}${4:-}" -X "${3:-GET}" -H "Host: $1" "http://127.0.0.1:$WEB_PORT$2"; }
test "$(page www.example.org /)" = home
test "$(page site.web.localhost:8080 /)" = home
test "$(page SITE.web.localhost /sub/)" = inner
test "$(status www.example.org /sub GET ' %header{location}')" = "302 /sub/"
test "$(status www.example.org /style.css GET ' %{content_type}')" = "200 text/css"
test "$(page www.example.org /nothing)" = lost
test "$(status www.example.org /nothing)" = 404
test "$(status private.web.localhost /)" = 404
test "$(status unknown.example.org /)" = 404
test "$(status www.example.org /index.html PUT)" = 405
curl -sSI -H 'Host: www.example.org' "http://127.0.0.1:$WEB_PORT/" | tr -d '\r' | grep -ix 'content-length: 4'
