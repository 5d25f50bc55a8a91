#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import UPnP

/// The two blocking questions behind `WayOut`.
enum WayOutSocket {
  /// The system refused a socket.
  struct Failure: Error { let code: CInt }

  private static let patience = 1_000
  private static let searchPort: UInt16 = 1900
  /// One that hardly anything listens on (as traceroute has it).
  private static let deadPort: UInt16 = 33_434

  /// Whether a device answers a search for routers that is sent to it alone (UPnP Device Architecture 1.1, section 1.3.2).
  static func searchAlone(_ device: IPv4Address) throws -> Bool {
    let text =
      "M-SEARCH * HTTP/1.1\r\nHOST: \(device):1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\n"
      + "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n"
    let file = try connected(to: device, searchPort)
    defer { close(file) }
    _ = Array(text.utf8).withUnsafeBytes { send(file, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
    guard wait(file, for: POLLIN) else { return false }
    var buffer = [UInt8](repeating: 0, count: 2_048)
    let count = recv(file, &buffer, buffer.count, CInt(MSG_DONTWAIT))
    return count > 0 && buffer.starts(with: Array("HTTP/1.1 200".utf8))
  }

  /// Where a packet dies that may pass `count - 1` routers: the address of the next one; nil when it keeps silent.
  static func hop(_ count: CInt, towards target: IPv4Address) throws -> IPv4Address? {
    #if os(Linux)
      let file = try connected(to: target, deadPort)
      defer { close(file) }
      var (life, wantsErrors) = (count, CInt(1))
      let size = socklen_t(MemoryLayout<CInt>.size)
      guard setsockopt(file, CInt(IPPROTO_IP), IP_TTL, &life, size) == 0,
        setsockopt(file, CInt(IPPROTO_IP), IP_RECVERR, &wantsErrors, size) == 0
      else { throw Failure(code: errno) }
      var byte: UInt8 = 0
      _ = send(file, &byte, 1, CInt(MSG_NOSIGNAL))
      return wait(file, for: POLLERR) ? offender(file) : nil
    #else
      return nil
    #endif
  }

  private static func wait(_ file: CInt, for event: Int32) -> Bool {
    var entry = pollfd(fd: file, events: Int16(event), revents: 0)
    return poll(&entry, 1, CInt(patience)) > 0 && Int32(entry.revents) & event != 0
  }

  /// A socket that hears that address only.
  private static func connected(to address: IPv4Address, _ port: UInt16) throws -> CInt {
    #if os(Linux)
      let file = socket(AF_INET, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    #else
      let file = socket(AF_INET, SOCK_DGRAM, 0)
    #endif
    guard file >= 0 else { throw Failure(code: errno) }
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = address.rawValue.bigEndian
    name.sin_port = port.bigEndian
    let status = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      defer { close(file) }
      throw Failure(code: errno)
    }
    return file
  }

  #if os(Linux)
    /// Who sent the ICMP message: it follows the description of the error (ip(7), IP_RECVERR). Only "time exceeded" counts.
    private static func offender(_ file: CInt) -> IPv4Address? {
      var control = [UInt8](repeating: 0, count: 512)
      let count = control.withUnsafeMutableBytes { control in
        var message = msghdr()
        message.msg_control = control.baseAddress
        message.msg_controllen = control.count
        return recvmsg(file, &message, CInt(MSG_ERRQUEUE | MSG_DONTWAIT)) >= 0
          ? Int(message.msg_controllen) : 0
      }
      // cmsghdr (length 8, level 4, type 4); sock_extended_err (errno 4, origin 1, type 1, code 1, …: 16); sockaddr_in.
      let (head, error) = (16, 16)
      guard count >= head + error + 8 else { return nil }
      let (origin, type) = (control[head + 4], control[head + 5])
      let (icmp, timeExceeded): (UInt8, UInt8) = (2, 11)
      guard origin == icmp, type == timeExceeded else { return nil }
      let address = control[(head + error + 4)..<(head + error + 8)]
      return IPv4Address(rawValue: address.reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }
  #endif
}
