import S3Protocol
import Testing

@Suite("XML")
struct XMLTests {
  @Test("reads what clients send")
  func delete() throws {
    let text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <!-- a comment --><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
        <Object><Key>a&amp;b&#x20;&lt;é</Key></Object><Object><Key><![CDATA[<raw>]]></Key><VersionId/></Object>
        <Quiet>true</Quiet>
      </Delete>
      """
    let request = try DeleteRequest(Array(text.utf8))
    #expect(request.keys == ["a&b <é", "<raw>"])
    #expect(request.isQuiet)
  }

  @Test("reads the list of parts, and wants it in order")
  func complete() throws {
    let part = { (number: Int) in "<Part><ETag>\"ab\"</ETag><PartNumber>\(number)</PartNumber></Part>" }
    let wrap = { (text: String) in Array("<CompleteMultipartUpload>\(text)</CompleteMultipartUpload>".utf8) }
    #expect(try CompleteUploadRequest(wrap(part(1) + part(3))).parts.map(\.number) == [1, 3])
    #expect(throws: S3Error.self) { _ = try CompleteUploadRequest(wrap(part(2) + part(2))) }
    #expect(throws: S3Error.self) { _ = try CompleteUploadRequest(wrap("")) }
  }

  @Test(
    "refuses hostile documents",
    arguments: [
      "", "<", "<a", "<a>", "<a></b>", "<a>&lol;</a>", "<a>&#xD800;</a>", "<a>&</a>", "text", "<a/><b/>", "<a b></a>",
      "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a><!DOCTYPE b></a>", "<a b=\"1></a>", "<?xml", "<!--",
      "<a><![CDATA[",
      String(repeating: "<a>", count: 100_000), "<a>\u{0}</a", "<Delete></Delete>", "<Delete><Object/></Delete>",
      "<Other><Object><Key>k</Key></Object></Other>",
    ]
  )
  func hostile(text: String) {
    #expect(throws: S3Error.self) { _ = try DeleteRequest(Array(text.utf8)) }
  }

  @Test("refuses bytes that are not UTF-8, and more keys than allowed")
  func limits() {
    #expect(throws: S3Error.self) { _ = try XMLElement.parse(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)) }
    let objects = String(repeating: "<Object><Key>k</Key></Object>", count: 1001)
    #expect(throws: S3Error.self) { _ = try DeleteRequest(Array("<Delete>\(objects)</Delete>".utf8)) }
    let bomb = String(repeating: "<a/>", count: 200_000)
    #expect(throws: S3Error.self) { _ = try XMLElement.parse(Array("<Delete>\(bomb)</Delete>".utf8)) }
  }

  @Test("every prefix of a good document is refused, none crashes")
  func truncated() {
    let text = Array("<?xml version='1.0'?><Delete><Object><Key>a&amp;b</Key></Object></Delete>".utf8)
    for count in 0..<text.count {
      #expect(throws: S3Error.self) { _ = try DeleteRequest(Array(text.prefix(count))) }
    }
  }

  @Test("escapes what it writes")
  func escaping() throws {
    let error = ResponseDocument.error(S3Error(.noSuchKey, "<&>"), resource: "/a\u{1}\"", requestID: "1")
    #expect(error.contains("<Message>&lt;&amp;&gt;</Message>"))
    #expect(error.contains("<Resource>/a&#x1;&quot;</Resource>"))
  }
}
