#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import UPnP

/// Endpoints in the form that the system's calls want, and back.
enum SocketAddress {
  /// Calls `body` with the system's form of an endpoint.
  static func with<Result>(
    _ endpoint: ControlEndpoint,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    if let address = endpoint.address.ipv4 {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = address.rawValue.bigEndian
      name.sin_port = endpoint.port.bigEndian
      return rebound(&name, body)
    }
    var name = sockaddr_in6()
    name.sin6_family = sa_family_t(AF_INET6)
    name.sin6_port = endpoint.port.bigEndian
    name.sin6_scope_id = endpoint.scope
    withUnsafeMutableBytes(of: &name.sin6_addr) { $0.copyBytes(from: endpoint.address.bytes) }
    return rebound(&name, body)
  }

  /// Reads the endpoint that `body` fills in; nil when it says false, or for another family.
  static func read(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Bool
  ) -> ControlEndpoint? {
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isFilled = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
    }
    return isFilled ? endpoint(storage) : nil
  }

  private static func endpoint(_ storage: sockaddr_storage) -> ControlEndpoint? {
    withUnsafeBytes(of: storage) { bytes in
      switch CInt(storage.ss_family) {
      case AF_INET:
        let name = bytes.loadUnaligned(as: sockaddr_in.self)
        let address = IPv4Address(rawValue: UInt32(bigEndian: name.sin_addr.s_addr))
        return ControlEndpoint(ControlAddress(address), port: UInt16(bigEndian: name.sin_port))
      case AF_INET6:
        let name = bytes.loadUnaligned(as: sockaddr_in6.self)
        var reader = WireReader(withUnsafeBytes(of: name.sin6_addr) { Array($0) })
        guard let address = try? reader.readAddress() else { return nil }
        return ControlEndpoint(address, scope: name.sin6_scope_id, port: UInt16(bigEndian: name.sin6_port))
      default: return nil
      }
    }
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
