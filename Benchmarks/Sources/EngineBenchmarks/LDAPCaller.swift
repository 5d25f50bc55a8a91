import Foundation
import LDAPProtocol
import NIOCore

/// A client that takes as little as one can of what is measured: requests that were encoded before, written to a socket
/// that blocks.
struct LDAPCaller: Sendable {
  private let connection: Int32

  struct Failure: Error, CustomStringConvertible {
    let what: String
    let code = errno
    var description: String { "\(what): \(String(cString: strerror(code)))" }
  }

  init(port: Int) throws {
    connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in.loopback(port: port)
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else { throw Failure(what: "no connection to port \(port)") }
    setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, [Int32(1)], socklen_t(MemoryLayout<Int32>.size))
  }

  func hangUp() { close(connection) }

  /// Writes all requests at once, and reads until each has its last answer.
  /// - Returns: all answers, as they came.
  /// - Throws: `Failure`, and `WrongAnswer` when one is no success.
  func ask(_ requests: [UInt8], count: Int) throws -> [UInt8] {
    guard write(connection, requests, requests.count) == requests.count else { throw Failure(what: "not sent") }
    var (received, next, missing) = ([UInt8](), 0, count)
    received.reserveCapacity(count * 512)
    while missing > 0 {
      try receive(&received)
      while let message = LDAPBytes.message(in: received, at: next) {
        if message.isLast { missing -= 1 }
        try WrongAnswer.unless(!message.isLast || message.isSuccess, "a request failed")
        next = message.end
      }
    }
    return received
  }

  private func receive(_ received: inout [UInt8]) throws {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16 << 10) { piece in
      let length = read(connection, piece.baseAddress, piece.count)
      guard length > 0 else { throw Failure(what: "no answer") }
      received.append(contentsOf: piece[..<length])
    }
  }
}

/// Just enough of the form of LDAP messages to cut and to judge them, with ids of one octet (RFC 4511 4.1.1, X.690 8.1.3).
enum LDAPBytes {
  struct Message {
    /// Of its operation's tag.
    let tag: Int
    let end: Int
    /// Whether nothing more comes for its request: the end of a search, or the answer to a bind.
    let isLast: Bool
    let isSuccess: Bool
  }

  /// The message at `start`; nil when it has not come whole.
  static func message(in bytes: [UInt8], at start: Int) -> Message? {
    guard bytes.count >= start + 2 else { return nil }
    let (head, length) = extent(bytes, start)
    guard bytes.count >= start + head + length else { return nil }
    let tag = start + head + 3
    let isLast = bytes[tag] == 0x65 || bytes[tag] == 0x61
    return Message(
      tag: tag,
      end: start + head + length,
      isLast: isLast,
      isSuccess: isLast && bytes[(tag + 2)..<(tag + 5)] == [0x0A, 0x01, 0x00]
    )
  }

  /// How long the tag with its length is, and what is behind it.
  private static func extent(_ bytes: [UInt8], _ start: Int) -> (head: Int, content: Int) {
    let first = Int(bytes[start + 1])
    guard first >= 0x80 else { return (2, first) }
    let digits = bytes[(start + 2)...].prefix(first & 0x7F)
    return (2 + digits.count, digits.reduce(0) { $0 << 8 | Int($1) })
  }

  /// A request with this id, which has one octet.
  static func encoded(_ operation: LDAPOperation, id: UInt8) -> [UInt8] {
    Array(LDAPMessage(messageID: Int32(id), operation).encoded().readableBytesView)
  }
}

extension sockaddr_in {
  /// - Parameter port: 0 for one that the system chooses.
  static func loopback(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return address
  }
}
