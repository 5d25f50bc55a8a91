import OpenSSL
import Testing

@Suite("Digests against published vectors")
struct DigestTests {
  @Test(
    "of the text abc",
    arguments: [
      (DigestAlgorithm.md5, "900150983cd24fb0d6963f7d28e17f72"),  // RFC 1321, A.5
      (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),  // FIPS 180-4 examples
      (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ]
  )
  func abc(algorithm: DigestAlgorithm, expected: String) {
    #expect(Hex.encode(Digest.of("abc".utf8, algorithm)) == expected)
  }

  @Test("HMAC of RFC 4231, case 2")
  func hmac() {
    let tag = MessageAuthentication.hmac("what do ya want for nothing?".utf8, key: "Jefe".utf8, .sha256)
    #expect(Hex.encode(tag) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test("hexadecimal refuses odd lengths and other letters")
  func hex() {
    #expect(Hex.decode("00fF") == [0, 255])
    #expect(Hex.decode("0") == nil)
    #expect(Hex.decode("0g") == nil)
  }
}

@Suite("Authenticated encryption")
struct AuthenticatedEncryptionTests {
  private let key = [UInt8](repeating: 7, count: 32)

  @Test("opens what it sealed, with the same context only")
  func roundTrip() throws {
    let box = AuthenticatedEncryption.seal(Array("secret".utf8), key: key, context: [1])
    #expect(try AuthenticatedEncryption.open(box, key: key, context: [1]) == Array("secret".utf8))
    #expect(throws: AuthenticatedEncryption.OpenFailure.self) {
      try AuthenticatedEncryption.open(box, key: key, context: [2])
    }
  }

  @Test("a changed byte anywhere is noticed")
  func tampering() {
    let box = AuthenticatedEncryption.seal(Array("secret".utf8), key: key, context: [])
    for index in box.indices {
      var changed = box
      changed[index] ^= 1
      #expect(throws: AuthenticatedEncryption.OpenFailure.self) {
        try AuthenticatedEncryption.open(changed, key: key, context: [])
      }
    }
  }
}
