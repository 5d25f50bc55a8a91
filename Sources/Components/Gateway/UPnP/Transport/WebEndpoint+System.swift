#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Addresses as the system's socket calls have them.
extension WebEndpoint {
  func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    switch host {
    case .v4(let address):
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = address.rawValue.bigEndian
      name.sin_port = port.bigEndian
      return Self.rebound(&name, body)
    case .v6(let address, let scope):
      var name = sockaddr_in6()
      name.sin6_family = sa_family_t(AF_INET6)
      name.sin6_addr = address.systemValue
      name.sin6_port = port.bigEndian
      name.sin6_scope_id = scope.map { if_nametoindex($0) } ?? 0
      return Self.rebound(&name, body)
    }
  }

  /// AF_INET or AF_INET6.
  var family: CInt { if case .v4 = host { AF_INET } else { AF_INET6 } }

  /// What a call such as getsockname(2) fills in; nil when it fails or names another family.
  static func reading(
    _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) -> WebEndpoint? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &size) }
    }
    guard status == 0 else { return nil }
    return withUnsafeBytes(of: storage) { bytes in
      switch CInt(storage.ss_family) {
      case AF_INET: WebEndpoint(bytes.loadUnaligned(as: sockaddr_in.self))
      case AF_INET6: WebEndpoint(bytes.loadUnaligned(as: sockaddr_in6.self))
      default: nil
      }
    }
  }

  private init(_ name: sockaddr_in) {
    let address = IPv4Address(rawValue: UInt32(bigEndian: name.sin_addr.s_addr))
    self.init(host: .v4(address), port: UInt16(bigEndian: name.sin_port))
  }

  private init(_ name: sockaddr_in6) {
    var buffer = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    let scope = if_indextoname(name.sin6_scope_id, &buffer).map { String(cString: $0) }
    self.init(host: .v6(IPv6Address(name.sin6_addr), scope: scope), port: UInt16(bigEndian: name.sin6_port))
  }

  private static func rebound<Name, Result>(
    _ name: inout Name,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Name>.size)) }
    }
  }
}
