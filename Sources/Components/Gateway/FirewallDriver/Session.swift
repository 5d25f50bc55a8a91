import Foundation
package import NFTables

/// A connection by which a person may look after this machine now: SSH from elsewhere.
package struct Session: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let localPort: UInt16
  package let peer: IPAddress
  package let peerPort: UInt16

  package init(localPort: UInt16, peer: IPAddress, peerPort: UInt16) {
    (self.localPort, self.peer, self.peerPort) = (localPort, peer, peerPort)
  }

  package var description: String { "\(peer) on port \(localPort)" }

  package static func < (left: Session, right: Session) -> Bool {
    (left.peer, left.peerPort) < (right.peer, right.peerPort)
  }

  /// Established TCP connections of this machine's SSH servers, without those of the machine with itself.
  static func remote() -> [Session] {
    let inodes = SecureShell.socketInodes()
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    return tables.flatMap { established($0) }.filter { inodes.contains($0.inode) && !$0.session.peer.isLoopback }
      .map(\.session).sorted()
  }

  /// Reads /proc/net/tcp (proc(5)): addresses are hexadecimal words in the machine's byte order, state 01 is established.
  static func established(_ table: String) -> [(session: Session, inode: String)] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let words = line.split(separator: " ")
      guard words.count > 9, words[3] == "01", let local = end(words[1]), let peer = end(words[2]) else { return nil }
      return (Session(localPort: local.port, peer: peer.address, peerPort: peer.port), String(words[9]))
    }
  }

  private static func end(_ text: Substring) -> (address: IPAddress, port: UInt16)? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].count % 8 == 0 else { return nil }
    var bytes: [UInt8] = []
    var rest = parts[0]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      bytes += withUnsafeBytes(of: word) { Array($0) }
      rest = rest.dropFirst(8)
    }
    return IPAddress(bytes: bytes).map { ($0.withoutMapping, port) }
  }
}

extension IPAddress {
  /// An IPv4 address that was written as IPv6 (RFC 4291, 2.5.5.2) as what it is.
  fileprivate var withoutMapping: IPAddress {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return bytes.count == 16 && Array(bytes.prefix(12)) == mapped
      ? IPAddress(bytes: Array(bytes.suffix(4))) ?? self : self
  }

  fileprivate var isLoopback: Bool { bytes.first == 127 && isIPv4 || description == "::1" }
}

extension FirewallTable {
  /// Whether somebody there could connect to that port anew.
  func admits(_ session: Session) -> Bool {
    openings.values.contains { opening in
      guard opening.transport == .tcp, opening.ports.contains(session.localPort) else { return false }
      return switch opening.audience {
      case .all: true
      case .lan: lan.contains { $0.contains(session.peer) }
      case .nodes: nodes.contains(session.peer)
      }
    }
  }
}

/// The programs that people log in through.
private enum SecureShell {
  private static let names = ["sshd", "sshd-session", "dropbear"]

  /// The inodes of all sockets that they hold, as text.
  static func socketInodes() -> Set<String> {
    let files = FileManager.default
    let processes = ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }
    let servers = processes.filter { process in
      let name = (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? ""
      return names.contains(name.trimmingCharacters(in: .newlines))
    }
    let links = servers.flatMap { server in
      ((try? files.contentsOfDirectory(atPath: "/proc/\(server)/fd")) ?? []).compactMap {
        try? files.destinationOfSymbolicLink(atPath: "/proc/\(server)/fd/\($0)")
      }
    }
    return Set(links.filter { $0.hasPrefix("socket:[") }.map { String($0.dropFirst(8).dropLast()) })
  }
}
