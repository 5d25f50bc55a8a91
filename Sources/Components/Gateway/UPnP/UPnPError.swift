/// Why a conversation with the home's router failed. Only `refused`, `conflict`, `otherPortGranted` and `notKept`
/// say something about a mapping; after any other code nothing is known about it.
package struct UPnPError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, for code.
  package enum Code: Hashable, Sendable {
    /// Nothing on the home's network answered the search for a router.
    case noRouter
    /// Something answered, but nothing that forwards ports.
    case noInternetGateway
    /// The router does not answer, or not in time.
    case unreachable
    /// The router's answer could not be understood.
    case badAnswer
    /// The router understood and refused.
    case refused(UPnPErrorCode)
    /// Somebody else holds the port; the holder when the router tells.
    case conflict(holder: PortMapping?)
    /// The router forwards another port than the one asked for (that mapping has been removed again).
    case otherPortGranted(UInt16)
    /// The router said yes, yet its table does not have the mapping.
    case notKept
    /// The caller's deadline passed.
    case deadlineExceeded
    /// Too many earlier calls still hang in the library.
    case overloaded
    /// The request itself makes no sense.
    case invalidRequest
    /// The operating system refused a thread or a namespace.
    case system
  }

  package let code: Code
  /// Where, what was expected, what to do; without a final full stop. May quote the router's words, made printable.
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }

  /// True when the cached way to the router may be stale (it moved its control address, as after a reboot),
  /// so that a fresh discovery is worth trying.
  package var invalidatesGateway: Bool {
    switch code {
    case .unreachable, .badAnswer, .deadlineExceeded, .refused(.invalidAction): true
    default: false
    }
  }
}

extension UPnPError {
  /// A refusal of `action` by the router, with the standard's name and our advice.
  package static func refused(_ code: UPnPErrorCode, _ action: String) -> UPnPError {
    UPnPError(.refused(code), "the router refuses to \(action): error \(code); \(code.advice)")
  }

  /// The wanted port is taken by `holder`.
  package static func conflict(_ key: PortMappingKey, holder: PortMapping?) -> UPnPError {
    guard let holder else {
      return UPnPError(
        .conflict(holder: nil),
        "\(key) of the router is taken, and the router does not say by whom; look at its list of forwarded ports"
      )
    }
    let name = holder.label.isEmpty ? "without a label" : "called '\(printable(holder.label))'"
    return UPnPError(
      .conflict(holder: holder),
      "\(key) of the router belongs to \(printable(holder.client)) port \(holder.internalPort), a mapping \(name); "
        + "remove it there or choose another public port"
    )
  }

  /// Text from a device, cut and made harmless for terminals and logs.
  package static func printable(_ text: String) -> String {
    String(text.unicodeScalars.prefix(80).map { $0.isASCII && $0.value >= 32 && $0.value < 127 ? Character($0) : "?" })
  }
}
