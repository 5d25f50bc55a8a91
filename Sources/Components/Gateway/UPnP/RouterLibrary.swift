internal import CMiniUPnPc

/// Questions of libminiupnpc to one service of a router, through a relay. Everything here blocks: call it through
/// `BlockingCalls` only.
struct RouterLibrary {
  /// One service of a router: where to send requests, and in which version's words.
  struct ControlPoint: Hashable, Sendable {
    let address: WebAddress
    let serviceType: String
    /// The address to ask from; nil lets the system choose.
    var source: WebEndpoint.Host?
  }

  private let point: ControlPoint
  private let interruption: Interruption

  init(_ point: ControlPoint, _ interruption: Interruption) {
    (self.point, self.interruption) = (point, interruption)
  }

  /// Runs one call of the library and turns its result into our error.
  ///
  /// - Parameters:
  ///   - expected: results that are not errors.
  ///   - call: gets the control URL and the service type.
  /// - Returns: the library's result: zero, or one of `expected`.
  @discardableResult
  func ask(
    _ action: String,
    expecting expected: (Int32) -> Bool = { _ in false },
    _ call: (_ url: String, _ serviceType: String) -> Int32
  ) throws(UPnPError) -> Int32 {
    let relay = Relay(target: point.address, source: point.source)
    return try relay.run(interruption) { url throws(UPnPError) in
      let code = call(url, point.serviceType)
      if !expected(code) { try Self.check(code, action) }
      return code
    }
  }

  /// Room for one text. The library writes at most 80 bytes into any; ours are larger, zeroed, and read up to their
  /// first zero.
  static var buffer: [CChar] { [CChar](repeating: 0, count: 256) }

  /// The text in a buffer that C filled, up to its terminator.
  static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Turns a result of the library into our error; positive numbers are the router's own.
  private static func check(_ code: Int32, _ action: String) throws(UPnPError) {
    switch code {
    case UPNPCOMMAND_SUCCESS: return
    case UPNPCOMMAND_HTTP_ERROR:
      throw UPnPError(.unreachable, "the router does not answer when asked to \(action); is it on, and UPnP enabled?")
    case UPNPCOMMAND_MEM_ALLOC_ERROR:
      throw UPnPError(.system, "out of memory while asking the router to \(action)")
    case UPNPCOMMAND_INVALID_ARGS:
      throw UPnPError(.invalidRequest, "libminiupnpc cannot send the request to \(action)")
    case ..<0:
      throw UPnPError(.badAnswer, "the router's answer when asked to \(action) is not a UPnP answer")
    default:
      throw .refused(UPnPErrorCode(rawValue: Int(code)), action)
    }
  }
}
