package import UPnP

/// The kernel's own list of sockets, as `/proc/net/tcp`, `tcp6`, `udp` and `udp6` show it (proc(5)).
package struct SocketTable: Sendable {
  /// One socket.
  private struct Entry: Hashable, Sendable {
    let local: (address: IPv4Address?, port: UInt16)
    let remote: (address: IPv4Address?, port: UInt16)
    let state: UInt8

    static func == (left: Entry, right: Entry) -> Bool { left.key == right.key }
    func hash(into hasher: inout Hasher) { hasher.combine(key) }
    private var key: [UInt64] {
      [
        UInt64(local.address?.rawValue ?? 0), UInt64(local.port), UInt64(remote.address?.rawValue ?? 0),
        UInt64(remote.port), UInt64(state),
      ]
    }
  }

  private static let listening: UInt8 = 0x0A
  private static let unconnected: UInt8 = 0x07
  private static let opening: UInt8 = 0x02

  private var tcp: Set<Entry> = []
  private var udp: Set<Entry> = []

  /// - Parameters:
  ///   - tcp: the texts of `tcp` and `tcp6`.
  ///   - udp: the texts of `udp` and `udp6`.
  package init(tcp: [String], udp: [String] = []) {
    self.tcp = Set(tcp.flatMap(Self.entries))
    self.udp = Set(udp.flatMap(Self.entries))
  }

  /// Whether something takes what comes from other machines to a port; what listens on loopback only does not.
  package func isListening(_ transport: TransportProtocol, _ port: UInt16) -> Bool {
    let (table, state) = transport == .tcp ? (tcp, Self.listening) : (udp, Self.unconnected)
    return table.contains { entry in
      entry.state == state && entry.local.port == port && entry.local.address.map { $0.rawValue >> 24 != 127 } ?? true
    }
  }

  /// One connection from another machine.
  package struct Connection: Hashable, Sendable {
    /// The port here.
    package let port: UInt16
    package let remotePort: UInt16
  }

  /// What `address` is, or was just, connected to here.
  package func connections(from address: IPv4Address) -> Set<Connection> {
    let connections = tcp.filter {
      $0.remote.address == address && $0.state != Self.listening && $0.state != Self.opening
    }
    return Set(connections.map { Connection(port: $0.local.port, remotePort: $0.remote.port) })
  }

  /// A header, then a line a socket: number, local and remote `ADDRESS:PORT` in hexadecimal, state.
  private static func entries(_ text: String) -> [Entry] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", maxSplits: 4)
      guard fields.count > 3, let local = endpoint(fields[1]), let remote = endpoint(fields[2]),
        let state = UInt8(fields[3], radix: 16), !(isLoopbackOnly(fields[1]))
      else { return nil }
      return Entry(local: local, remote: remote, state: state)
    }
  }

  /// ::1, which has no IPv4 form to tell it by.
  private static func isLoopbackOnly(_ field: Substring) -> Bool {
    field.hasPrefix("00000000000000000000000001000000:")
  }

  /// Words of four bytes, each in the byte order of the machine, which is little-endian wherever we run. An IPv6 address
  /// that stands for an IPv4 one (::ffff:a.b.c.d) is that one; other IPv6 addresses are nil.
  private static func endpoint(_ field: Substring) -> (address: IPv4Address?, port: UInt16)? {
    let parts = field.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), [8, 32].contains(parts[0].utf8.count) else {
      return nil
    }
    let isMapped = parts[0].hasPrefix("0000000000000000FFFF0000")
    guard parts[0].utf8.count == 8 || isMapped else { return (nil, port) }
    guard let word = UInt32(parts[0].suffix(8), radix: 16) else { return nil }
    return (IPv4Address(rawValue: word.byteSwapped), port)
  }
}
