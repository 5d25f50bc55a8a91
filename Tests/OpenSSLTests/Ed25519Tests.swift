import OpenSSL
import Testing

@Suite("Ed25519 signatures")
struct Ed25519Tests {
  /// A test vector of RFC 8032, section 7.1; all in hexadecimal.
  struct Vector: Sendable, CustomTestStringConvertible {
    let (name, seed, publicKey, message, signature): (String, String, String, String, String)
    var testDescription: String { name }

    static let all = [
      Vector(
        name: "TEST 1",
        seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        message: "",
        signature: "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
          + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
      ),
      Vector(
        name: "TEST 2",
        seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        publicKey: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        message: "72",
        signature: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
      ),
      Vector(
        name: "TEST 3",
        seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        publicKey: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        message: "af82",
        signature: "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
          + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
      ),
    ]
  }

  @Test(arguments: Vector.all)
  func vectorsOfTheStandard(_ vector: Vector) throws {
    let key = try #require(Hex.decode(vector.seed).flatMap { SigningKey(seed: $0) })
    let message = try #require(Hex.decode(vector.message))
    #expect(Hex.encode(key.verifyingKey.bytes) == vector.publicKey)
    #expect(Hex.encode(key.sign(message)) == vector.signature)
    #expect(key.verifyingKey.isValid(key.sign(message), for: message))
  }

  @Test func anythingChangedIsRefused() {
    let key = SigningKey.generate()
    let message = Array("open sesame".utf8)
    let signature = key.sign(message)
    #expect(!key.verifyingKey.isValid(signature, for: message + [0]))
    #expect(!key.verifyingKey.isValid(Array(signature.dropLast()), for: message))
    #expect(!key.verifyingKey.isValid([], for: message))
    #expect(!SigningKey.generate().verifyingKey.isValid(signature, for: message))
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      #expect(!key.verifyingKey.isValid(changed, for: message))
    }
  }

  @Test func publicKeysAreTextInOneFormOnly() throws {
    let key = SigningKey.generate().verifyingKey
    #expect(key.text.hasPrefix("ed25519:"))
    #expect(VerifyingKey(text: key.text) == key)
    let zeros = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    #expect(VerifyingKey(text: zeros)?.bytes == Array(repeating: 0, count: 32))
    let wrong = [
      "", "ed25519:", key.text + " ", String(key.text.dropLast()), key.text.replacing("ed25519", with: "rsa"),
      // Not canonical: bits beyond the 32 bytes.
      "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
      "ed25519: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-=",
    ]
    for text in wrong { #expect(VerifyingKey(text: text) == nil, "\(text)") }
  }

  @Test func aPrivateKeyNeverShowsItself() {
    let key = SigningKey.generate()
    var dumped = ""
    dump(key, to: &dumped)
    for text in ["\(key)", String(reflecting: key), dumped] {
      #expect(!text.contains(Hex.encode(key.seed)) && !text.contains("\(key.seed)"))
      #expect(!text.contains("\(key.seed[0]), \(key.seed[1])"))
    }
    #expect(SigningKey(seed: [1, 2, 3]) == nil)
  }
}
