import Foundation
import RhizomeModel
import Testing

@Suite("Values")
struct ValueTests {
  @Test("survive JSON, and secrets lose their cleartext on the way")
  func json() throws {
    let secret = Value.sensitive(Sensitive(fingerprint: "f", cleartext: "hunter2"))
    let value: Value = [
      "a": [1, true, .null, "x"], "s": secret, "t": .template(try Template(parsing: "a${secret.b}")),
    ]
    let data = try JSONEncoder().encode(value)
    #expect(!String(decoding: data, as: UTF8.self).contains("hunter2"))
    let back = try JSONDecoder().decode(Value.self, from: data)
    #expect(back == value)
    #expect(back["s"].text == nil)
  }

  @Test("a secret never prints itself")
  func redaction() {
    let secret = Sensitive(fingerprint: "f", cleartext: "hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!"\(secret) \(String(reflecting: Value.sensitive(secret))) \(dumped)".contains("hunter2"))
  }

  @Test("are read and written by path")
  func paths() throws {
    var value: Value = ["a": ["b": 1]]
    value[FieldPath(["a", "c"])] = 2
    #expect(value[FieldPath(["a", "c"])] == 2)
    value[FieldPath(["a", "b"])] = .null
    #expect(value == ["a": ["c": 2]])
  }
}

@Suite("Field paths")
struct FieldPathTests {
  @Test("print and read back", arguments: [["a"], ["a", "b-c"], ["files", "/etc/a.conf", "mode"], ["a", "x y"]])
  func roundTrip(steps: [String]) throws {
    #expect(FieldPath(FieldPath(steps).description)?.steps == steps)
  }

  @Test("refuse what has no form, and come to an end", arguments: ["[", "a[b]", "a[", ".", "..", "a..b", "[\"x", ".a"])
  func refuse(text: String) { #expect(FieldPath(text) == nil) }
}

@Suite("Quantities")
struct QuantityTests {
  @Test(
    "mean what they say",
    arguments: [
      (Quantity.byteSize, "10GiB", Int64(10 << 30)), (.byteSize, "1.5kB", 1500), (.duration, "12h", 43_200_000),
      (.bandwidth, "20Mbit/s", 20_000_000),
    ]
  )
  func parse(quantity: Quantity, text: String, amount: Int64) {
    #expect(quantity.parse(text) == amount)
    #expect(quantity.parse(quantity.format(amount)) == amount)
  }

  @Test(
    "are refused",
    arguments: ["", "10", "GiB", "10 GiB", "-1GiB", "99999999999TiB", "1.0000001TiB", "1.2.3B", "0.5B"]
  )
  func refuse(text: String) {
    #expect(Quantity.byteSize.parse(text) == nil)
  }
}

@Suite("Timestamps")
struct TimestampTests {
  @Test(
    "print and read as RFC 3339",
    arguments: [
      (Int64(0), "1970-01-01T00:00:00Z"), (951_782_400_123, "2000-02-29T00:00:00.123Z"),
      (-1_000, "1969-12-31T23:59:59Z"), (1_795_363_200_000, "2026-11-22T16:00:00Z"),
    ]
  )
  func roundTrip(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).description == text)
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test(
    "refuse dates that are not",
    arguments: ["2026-02-30", "2026-13-01T00:00:00Z", "today", "2026-01-01T25:00:00Z"]
  )
  func refuse(text: String) { #expect(Timestamp(text) == nil) }
}

@Suite("Templates")
struct TemplateTests {
  @Test("find their references") func references() throws {
    let template = try Template(parsing: "http://${node.address}:80/$${x}/${secret.a}$")
    #expect(template.references.map(\.description) == ["node.address", "secret.a"])
    #expect(try Template(parsing: "a$${b}").literal == "a${b}")
  }

  @Test("refuse what does not close or has no form", arguments: ["${a.b", "${}", "${a}", "${a..b}", "${a b.c}"])
  func refuse(text: String) { #expect(throws: Template.ParseError.self) { try Template(parsing: text) } }
}
