import Foundation
import OpenSSL
import Testing

@Suite("Sealed envelopes")
struct SealedEnvelopeTests {
  private static let pair = try? SealingPair.make(commonName: "test", validFor: 86_400)

  @Test("open with the pair they were sealed to, and with no other")
  func roundTrip() throws {
    let pair = try #require(Self.pair)
    let sealed = try SealedEnvelope.seal(Array("hunter2\n".utf8), to: pair.certificate)
    #expect(sealed.hasPrefix("-----BEGIN CMS-----"))
    #expect(try SealedEnvelope.open(sealed, with: pair) == Array("hunter2\n".utf8))
    let other = try SealingPair.make(commonName: "other", validFor: 86_400)
    #expect(throws: SealedEnvelope.Failure.self) { try SealedEnvelope.open(sealed, with: other) }
  }

  @Test("refuse what is no envelope", arguments: ["", "hello", "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"])
  func garbage(text: String) throws {
    let pair = try #require(Self.pair)
    #expect(throws: SealedEnvelope.Failure.self) { try SealedEnvelope.open(text, with: pair) }
  }

  @Test("are what the openssl tool makes and reads")
  func tool() throws {
    let pair = try #require(Self.pair)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = { (name: String) in folder.appending(path: name).path }
    try pair.certificate.write(toFile: file("c.pem"), atomically: true, encoding: .utf8)
    try pair.privateKey.write(toFile: file("k.pem"), atomically: true, encoding: .utf8)
    try "from the tool".write(toFile: file("plain"), atomically: true, encoding: .utf8)
    try openssl([
      "cms", "-encrypt", "-binary", "-aes256", "-outform", "PEM", "-in", file("plain"), "-out", file("a"),
      file("c.pem"),
    ])
    let sealedByTool = try String(contentsOfFile: file("a"), encoding: .utf8)
    #expect(try SealedEnvelope.open(sealedByTool, with: pair) == Array("from the tool".utf8))
    try SealedEnvelope.seal(Array("from us".utf8), to: pair.certificate)
      .write(toFile: file("b"), atomically: true, encoding: .utf8)
    try openssl([
      "cms", "-decrypt", "-inform", "PEM", "-in", file("b"), "-inkey", file("k.pem"), "-out", file("opened"),
    ])
    #expect(try String(contentsOfFile: file("opened"), encoding: .utf8) == "from us")
  }

  private func openssl(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }
}
