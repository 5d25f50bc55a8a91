internal import RhizomeModel

/// The values of Secrets and access keys: generated ones follow from the master key, so every node finds the same ones
/// and none has to be stored.
struct SecretMaker {
  let context: ResolutionContext

  /// The value of a Secret, from its attributes.
  /// - Throws: what the context throws when sealed text cannot be opened.
  func secret(_ name: String, _ attributes: Value) throws -> String {
    if let sealed = attributes["sealed"].text { return try context.unseal(sealed) }
    let generated = attributes["generated"]
    let generation = generated["generation"].integer ?? 1
    let length = Int(generated["length"].integer ?? 32)
    let alphabet = generated["alphabet"].text == "hex" ? SecretMaker.hex : SecretMaker.alphanumeric
    return text("Secret/\(name)/\(generation)", alphabet, length)
  }

  /// The id and the secret of a key that is not imported.
  func accessKey(_ name: String, generation: Int64) -> (id: String, secret: String) {
    let label = "AccessKey/\(name)/\(generation)"
    let id = context.derive("\(label)/id", 12)
    let secret = context.derive("\(label)/secret", 32)
    return ("GK" + SecretMaker.hexadecimal(id), SecretMaker.hexadecimal(secret))
  }

  /// Characters of the alphabet, each equally likely: bytes that would favour some are left out.
  private func text(_ label: String, _ alphabet: [Character], _ length: Int) -> String {
    let ceiling = 256 - 256 % alphabet.count
    var result = ""
    var count = 0
    for block in 0... {
      for byte in context.derive("\(label)/\(block)", 64) where Int(byte) < ceiling && count < length {
        result.append(alphabet[Int(byte) % alphabet.count])
        count += 1
      }
      if count == length { break }
    }
    return result
  }

  private static let hex = Array("0123456789abcdef")
  private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    String(bytes.flatMap { [hex[Int($0 >> 4)], hex[Int($0 & 15)]] })
  }
}
