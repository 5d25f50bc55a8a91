#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenSSL
package import RhizomeModel

/// What is known about the signature of a commit.
package enum GitSignature: Sendable, Hashable {
  /// Made by a declared key; the signer in its own words.
  case good(String)
  case missing
  case unknownKey(String)
  case expired(String)
  case revoked(String)
  /// The signature is not one of this commit.
  case bad(String)

  package var isGood: Bool { if case .good = self { true } else { false } }

  /// Why it does not count, to follow the name of the commit; nil when it does.
  package var problem: String? {
    switch self {
    case .good: nil
    case .missing: "is not signed; sign it (git commit -S) with a key that the running revision allows"
    case .unknownKey(let key): "is signed by a key that the running revision does not allow (\(key))"
    case .expired(let key): "is signed by a key whose time is over (\(key)); renew the key, and sign again"
    case .revoked(let key): "is signed by a key that was revoked (\(key))"
    case .bad(let what): "carries a signature that is not of this commit (\(what))"
    }
  }
}

extension GitSignature {
  /// Reads what `git verify-commit --raw` said: the status lines of gpg (GnuPG's DETAILS), or the words of ssh-keygen.
  /// - Parameters:
  ///   - isSigned: the commit has a signature at all.
  ///   - now: keys that have expired by now do not count, whatever date a commit claims.
  package static func reading(
    exitCode: Int32?,
    text: String,
    isSigned: Bool,
    signers: GitSigners,
    now: Timestamp
  ) -> GitSignature {
    guard isSigned else { return .missing }
    let said = GitFailure.printable(text)
    let status = said.split(separator: "\n").filter { $0.hasPrefix("[GNUPG:] ") }.map { $0.dropFirst(9) }
    if !status.isEmpty { return openPGP(status, exitCode) }
    return ssh(said, exitCode, signers, now)
  }

  private static func openPGP(_ status: [Substring], _ exitCode: Int32?) -> GitSignature {
    func line(_ word: String) -> String? {
      status.first { $0 == word || $0.hasPrefix(word + " ") }.map { String($0.dropFirst(word.count + 1).prefix(200)) }
    }
    if let who = line("BADSIG") { return .bad(who) }
    if let who = line("REVKEYSIG") { return .revoked(who) }
    if let who = line("EXPKEYSIG") ?? line("EXPSIG") { return .expired(who) }
    if let who = line("ERRSIG") ?? line("NO_PUBKEY") {
      return .unknownKey("OpenPGP " + (who.split(separator: " ").first ?? ""))
    }
    guard exitCode == 0, let who = line("GOODSIG"), line("VALIDSIG") != nil else {
      return .bad("gpg says nothing of use")
    }
    // One good signature beside another one is not what git makes.
    guard status.filter({ $0.hasPrefix("GOODSIG ") }).count == 1 else { return .bad("it has several signatures") }
    return .good(who)
  }

  private static func ssh(_ said: String, _ exitCode: Int32?, _ signers: GitSigners, _ now: Timestamp) -> GitSignature {
    let fingerprint = said.split(whereSeparator: \.isWhitespace).last { $0.hasPrefix("SHA256:") }.map(String.init)
    let key = fingerprint ?? "SSH"
    let lines = AllowedSigner.all(in: signers.ssh)
    if exitCode == 0, said.contains("Good \"git\" signature for ") {
      let line = lines.first { $0.fingerprint == fingerprint && !$0.hasExpired(by: now) }
      return line.map { .good("\($0.principals) \(key)") } ?? .expired(key)
    }
    guard let fingerprint, said.contains("No principal matched") else {
      return signers.revokedSSH.isEmpty || said.contains("incorrect signature")
        ? .bad(lastLine(said)) : revokedOrBad(said)
    }
    return lines.contains { $0.fingerprint == fingerprint } ? .expired(key) : .unknownKey(key)
  }

  /// ssh-keygen does not say which of the two it is when a key is on the list of revoked ones.
  private static func revokedOrBad(_ said: String) -> GitSignature {
    said.contains("Could not verify signature") ? .revoked("SSH") : .bad(lastLine(said))
  }

  private static func lastLine(_ text: String) -> String {
    String((text.split(separator: "\n").last ?? "no word").prefix(200))
  }
}

/// One line of an allowed signers file (ssh-keygen(1), ALLOWED SIGNERS).
package struct AllowedSigner: Sendable, Hashable {
  package let principals: String
  /// `SHA256:…` of the key.
  package let fingerprint: String
  /// `valid-before`, in milliseconds since 1970.
  package let validBefore: Timestamp?

  func hasExpired(by now: Timestamp) -> Bool { validBefore.map { $0 <= now } ?? false }

  /// The lines that hold a key; comments and empty lines are left out.
  package static func all(in text: String) -> [AllowedSigner] {
    text.split(whereSeparator: \.isNewline).compactMap(AllowedSigner.init)
  }

  /// The number of the first line that is no signer's; nil when all are.
  package static func firstBadLine(in text: String) -> Int? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.firstIndex { line in
      let trimmed = line.drop { $0 == " " || $0 == "\t" }
      return !trimmed.isEmpty && !trimmed.hasPrefix("#") && AllowedSigner(trimmed) == nil
    }.map { $0 + 1 }
  }

  private init?(_ line: Substring) {
    let words = line.split { $0 == " " || $0 == "\t" }
    guard words.count >= 3, !words[0].hasPrefix("#") else { return nil }
    guard let type = words.dropFirst().firstIndex(where: { AllowedSigner.isKeyType($0) }), type + 1 < words.count else {
      return nil
    }
    guard let blob = Data(base64Encoded: String(words[type + 1])) else { return nil }
    let options = words[1..<type].joined(separator: " ").split(separator: ",")
    let value = options.first { $0.lowercased().hasPrefix("valid-before=") }?.dropFirst(13)
    principals = GitFailure.printable(String(words[0]))
    fingerprint = "SHA256:" + Data(Digest.of(blob, .sha256)).base64EncodedString().filter { $0 != "=" }
    validBefore = value.flatMap { AllowedSigner.time($0.filter(\.isNumber)) }
    if value != nil, validBefore == nil { return nil }
  }

  private static func isKeyType(_ word: Substring) -> Bool {
    word.hasPrefix("ssh-") || word.hasPrefix("ecdsa-") || word.hasPrefix("sk-")
  }

  /// `YYYYMMDD[HHMM[SS]]`, read as UTC.
  private static func time(_ digits: String) -> Timestamp? {
    guard [8, 12, 14].contains(digits.count) else { return nil }
    let all = Array(digits + String(repeating: "0", count: 14 - digits.count))
    func part(_ range: Range<Int>) -> String { String(all[range]) }
    let day = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
    return Timestamp("\(day)T\(part(8..<10)):\(part(10..<12)):\(part(12..<14))Z")
  }
}
