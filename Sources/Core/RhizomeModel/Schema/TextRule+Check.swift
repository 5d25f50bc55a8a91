/// Whether a text has the form of a rule, and its normal form.
extension TextRule {
  /// Headers that say how a request is sent (RFC 9110, sections 7.2 and 8.6; RFC 9112, section 6): never a place for a
  /// secret.
  private static let headersOfTheProtocol: Set<String> = [
    "connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// What is wrong with `text`, as what was expected; nil when it has this form.
  package func problem(with text: String) -> String? {
    accepts(text) ? nil : expectation
  }

  /// One way of writing it, so that equal meanings compare equal.
  package func normalized(_ text: String) -> String {
    switch self {
    case .timestamp: Timestamp(text)?.description ?? text
    case .fileMode: text.utf8.count == 3 ? "0" + text : text
    default: text
    }
  }

  private func accepts(_ text: String) -> Bool {
    switch self {
    case .any, .template: true
    case .dnsLabel, .domain, .host, .bucketName, .mail, .url, .routerURL: acceptsNetworkName(text)
    case .headerName:
      TextRule.isWord(text, extra: "-") && (text.utf8.first?.isLetter ?? false)
        && !TextRule.headersOfTheProtocol.contains(text.lowercased())
    case .distinguishedName, .attributeName, .passwordHash, .accessRule: acceptsDirectoryText(text)
    case .path: text.hasPrefix("/") && !TextRule.climbs(text)
    case .relativePath: !text.isEmpty && !text.hasPrefix("/") && !TextRule.climbs(text)
    case .timestamp: Timestamp(text) != nil
    case .variableName: TextRule.isWord(text, extra: "_") && !(text.utf8.first?.isDigit ?? true)
    case .sshPublicKey: TextRule.isPublicKey(text)
    case .sealed: text.hasPrefix("-----BEGIN CMS-----")
    case .timeRange: TextRule.isTimeRange(text)
    case .timeOfDay: TextRule.isTimeRange("\(text)-00:00")
    case .fileMode: TextRule.isFileMode(text)
    case .accessKeyID:
      text.utf8.count == 26 && text.hasPrefix("GK") && text.utf8.dropFirst(2).allSatisfy(\.isLowerHex)
    case .nodeKey: TextRule.isNodeKey(text)
    case .hostPort: TextRule.isHostPort(text)
    case .copyCount: text == "maximum" || (text.utf8.count == 1 && ("1"..."7").contains(text))
    }
  }

  private func acceptsNetworkName(_ text: String) -> Bool {
    switch self {
    case .dnsLabel: TextRule.isLabel(text[...])
    case .domain: TextRule.isDomain(text)
    case .host: TextRule.isHost(text)
    case .bucketName: TextRule.isBucketName(text)
    case .mail: TextRule.isMail(text)
    case .routerURL: TextRule.isRouterURL(text)
    default: TextRule.isURL(text)
    }
  }

  private func acceptsDirectoryText(_ text: String) -> Bool {
    switch self {
    case .distinguishedName: TextRule.isDistinguishedName(text)
    case .attributeName: TextRule.isWord(text, extra: "-") && (text.utf8.first?.isLetter ?? false)
    case .passwordHash: TextRule.isPasswordHash(text)
    default: text.utf8.count { $0 == UInt8(ascii: ":") } == 4
    }
  }
}

extension TextRule {
  private static func isLabel(_ text: Substring) -> Bool {
    let bytes = text.utf8
    guard (1...63).contains(bytes.count), bytes.first != hyphen, bytes.last != hyphen else { return false }
    return bytes.allSatisfy { $0.isLowerLetter || $0.isDigit || $0 == hyphen }
  }

  private static func isDomain(_ text: String) -> Bool {
    text.utf8.count <= 253 && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel($0) }
  }

  /// A domain in any case, an IPv4 address (which has the form of a domain), or something made of what IPv6 is made of.
  private static func isHost(_ text: String) -> Bool {
    if text.utf8.contains(UInt8(ascii: ":")) {
      return (2...45).contains(text.utf8.count)
        && text.utf8.allSatisfy { $0.isHex || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }
    guard isDomain(text.lowercased()) else { return false }
    let numbers = text.split(separator: ".")
    guard numbers.allSatisfy({ $0.utf8.allSatisfy(\.isDigit) }) else { return true }
    return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
  }

  /// As AWS and Garage have it: 3 to 63 of a-z, 0-9, dot and hyphen, beginning and ending with a letter or digit.
  private static func isBucketName(_ text: String) -> Bool {
    (3...63).contains(text.utf8.count) && isDomain(text)
  }

  private static func isMail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && isDomain(parts[1].lowercased()) && !containsBlank(text)
  }

  private static func isURL(_ text: String) -> Bool {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://"), !containsBlank(text) else {
      return false
    }
    let scheme = text[..<colon].utf8
    let isSchemeByte = { (byte: UInt8) in byte.isLowerLetter || byte.isDigit || byte == UInt8(ascii: "+") }
    return scheme.first?.isLowerLetter == true && scheme.allSatisfy(isSchemeByte) && text[colon...].utf8.count > 3
  }

  private static func isRouterURL(_ text: String) -> Bool {
    let scheme = "http://"
    guard text.hasPrefix(scheme), text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else { return false }
    var authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard authority.hasPrefix("[") || authority.utf8.allSatisfy({ $0.isDigit || ".:".utf8.contains($0) }) else {
      return false
    }
    if let scope = authority.firstIndex(of: "%"), let end = authority.firstIndex(of: "]"), scope < end {
      authority.removeSubrange(scope..<end)
    }
    return isHostPort(String(authority))
  }

  /// RFC 4514, loosely: every part between unescaped commas is `type=value`.
  private static func isDistinguishedName(_ text: String) -> Bool {
    var parts: [String] = [""]
    var isEscaped = false
    for character in text {
      if character == ",", !isEscaped { parts.append("") } else { parts[parts.count - 1].append(character) }
      isEscaped = character == "\\" && !isEscaped
    }
    return parts.allSatisfy { part in
      guard let equals = part.firstIndex(of: "=") else { return false }
      return isWord(part[..<equals].drop { $0 == " " }, extra: "-.") && part.index(after: equals) != part.endIndex
    }
  }

  private static func isPasswordHash(_ text: String) -> Bool {
    guard text.hasPrefix("{"), let close = text.firstIndex(of: "}") else { return false }
    return isWord(text[text.index(after: text.startIndex)..<close], extra: "-/.")
      && text.index(after: close) != text.endIndex
  }

  private static func isPublicKey(_ text: String) -> Bool {
    let words = text.split(separator: " ", maxSplits: 2)
    guard words.count >= 2, ["ssh-", "ecdsa-", "sk-"].contains(where: words[0].hasPrefix) else { return false }
    let isBase64 = { (byte: UInt8) in
      byte.isLetter || byte.isDigit || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
        || byte == UInt8(ascii: "=")
    }
    return words[1].utf8.allSatisfy(isBase64) && !text.utf8.contains(UInt8(ascii: "\n"))
  }

  /// 256 bits fill 42 characters and four bits of the last one.
  private static func isNodeKey(_ text: String) -> Bool {
    let (prefix, bytes) = ("ed25519:", text.utf8)
    guard text.hasPrefix(prefix), bytes.count == prefix.utf8.count + 44, bytes.last == UInt8(ascii: "=") else {
      return false
    }
    let digits = bytes.dropFirst(prefix.utf8.count).dropLast()
    return digits.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
      && digits.last.map { "AEIMQUYcgkosw048".utf8.contains($0) } ?? false
  }

  private static func isHostPort(_ text: String) -> Bool {
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      let host = text[text.index(after: text.startIndex)..<end]
      return host.contains(":") && isHost(String(host)) && isPort(text[text.index(after: end)...])
    }
    let colon = text.firstIndex(of: ":") ?? text.endIndex
    return isHost(String(text[..<colon])) && isPort(text[colon...])
  }

  /// A colon and a number, or nothing.
  private static func isPort(_ text: Substring) -> Bool {
    guard let first = text.first else { return true }
    return first == ":" && (UInt16(text.dropFirst()) ?? 0) > 0 && text.dropFirst().utf8.allSatisfy(\.isDigit)
  }

  private static func isTimeRange(_ text: String) -> Bool {
    let times = text.split(separator: "-", omittingEmptySubsequences: false)
    return times.count == 2
      && times.allSatisfy { time in
        let parts = time.split(separator: ":", omittingEmptySubsequences: false)
        guard time.utf8.count == 5, parts.count == 2, let hour = UInt8(parts[0]), let minute = UInt8(parts[1]) else {
          return false
        }
        return hour < 24 && minute < 60
      }
  }

  private static func isFileMode(_ text: String) -> Bool {
    let digits = text.utf8
    guard digits.count == 3 || (digits.count == 4 && digits.first == UInt8(ascii: "0")) else { return false }
    return digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
  }

  private static func isWord(_ text: some StringProtocol, extra: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0.isLetter || $0.isDigit || extra.utf8.contains($0) }
  }

  private static func climbs(_ path: String) -> Bool {
    path.utf8.contains(0) || path.split(separator: "/").contains { $0 == ".." }
  }

  private static func containsBlank(_ text: String) -> Bool { text.utf8.contains { $0 <= 0x20 || $0 == 0x7F } }

  private static let hyphen = UInt8(ascii: "-")
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isLowerLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
  fileprivate var isLetter: Bool { isLowerLetter || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
  fileprivate var isLowerHex: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self) }
  fileprivate var isHex: Bool { isLowerHex || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(self) }
}
