#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension SocketTable {
  /// The kernel does not show its lists.
  package struct Unreadable: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// A table that is longer belongs to no machine of a home.
  private static let maximumByteCount = 16 << 20

  /// This machine's sockets now, of the network namespace that the process is in. Takes a few milliseconds.
  ///
  /// - Throws: `Unreadable` where there are no such lists.
  package static func ofThisMachine() throws -> SocketTable {
    let tcp = [try read("/proc/net/tcp")] + [try? read("/proc/net/tcp6")].compactMap { $0 }
    let udp = [try read("/proc/net/udp")] + [try? read("/proc/net/udp6")].compactMap { $0 }
    return SocketTable(tcp: tcp, udp: udp)
  }

  private static func read(_ path: String) throws -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Unreadable(description: "cannot read \(path): error \(errno)") }
    defer { close(file) }
    var (text, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = Self.read(file, &buffer)
      guard count >= 0 else { throw Unreadable(description: "cannot read \(path): error \(errno)") }
      if count == 0 { return String(decoding: text, as: UTF8.self) }
      text += buffer.prefix(count)
      guard text.count <= maximumByteCount else { throw Unreadable(description: "\(path) is too long") }
    }
  }

  private static func read(_ file: CInt, _ buffer: inout [UInt8]) -> Int {
    #if canImport(Glibc)
      Glibc.read(file, &buffer, buffer.count)
    #else
      Darwin.read(file, &buffer, buffer.count)
    #endif
  }
}
