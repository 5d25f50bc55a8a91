import Foundation
import LDAPProtocol
import NIOCore

/// What an LDAP server costs at least: for each search one `read` and one `write` of an answer that was made before, on a
/// thread that does nothing else. No server of any kind answers the same client sooner, so what the servers are measured
/// against is what they add to this.
final class AnsweringMachine: Sendable {
  static let command = "serve-answers"

  private let listener: Int32
  let port: Int
  /// The operations of the answer to a search for each person, without their envelopes.
  private let entries: [[UInt8]]
  private let done = operation(.searchResultDone(.success))
  private let bound = operation(.bindResponse(.success))

  struct NoSocket: Error, CustomStringConvertible {
    let description = "no socket for the answering machine: \(String(cString: strerror(errno)))"
  }

  init() throws {
    entries = (0..<People.count).map { Self.operation(.searchResultEntry(People.found($0))) }
    (listener, port) = try Self.listen()
  }

  /// - Returns: a socket on loopback, and the port that the system chose.
  private static func listen() throws -> (listener: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isOpen else { throw NoSocket() }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// What runs in the process: serves until whoever started it ends.
  static func serve() async throws {
    let machine = try AnsweringMachine()
    Thread.detachNewThread { machine.accept() }
    await ServerProcess.serve(on: machine.port)
  }

  private func accept() {
    while true {
      let connection = Glibc.accept(listener, nil, nil)
      guard connection >= 0 else { return }
      var one: Int32 = 1
      setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
      Thread.detachNewThread { self.talk(connection) }
    }
  }

  /// Requests come one by one and fit into one segment.
  private func talk(_ connection: Int32) {
    var request = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(connection, &request, request.count)
      guard count > 0 else { break }
      let answer = answer(request[..<count])
      guard write(connection, answer, answer.count) == answer.count else { break }
    }
    close(connection)
  }
}

// MARK: - Answers

extension AnsweringMachine {
  private static let search: UInt8 = 0x63

  /// The id is the first element within the envelope, and short enough that both lengths are single bytes or follow
  /// from the first (RFC 4511 4.1.1, X.690 8.1.3).
  private func answer(_ request: ArraySlice<UInt8>) -> [UInt8] {
    let start = request[1] < 0x80 ? 2 : 2 + Int(request[1] & 0x7f)
    let end = start + 2 + Int(request[start + 1])
    let id = request[start..<end]
    guard request[end] == Self.search else { return Self.envelope(id, bound) }
    return Self.envelope(id, entries[person(request[end...])]) + Self.envelope(id, done)
  }

  /// The number in `person-4711`, which stands in the filter, after the length of that text. Behind it are the attributes
  /// only, whose tag looks like another digit.
  private func person(_ request: ArraySlice<UInt8>) -> Int {
    let word = "person-".utf8.count
    guard let dash = request.lastIndex(of: UInt8(ascii: "-")), dash - word >= request.startIndex else { return 0 }
    let digits = Int(request[dash - word]) - word
    return request[(dash + 1)...].prefix(digits).reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  private static func envelope(_ id: ArraySlice<UInt8>, _ operation: [UInt8]) -> [UInt8] {
    let count = id.count + operation.count
    let length = count < 0x80 ? [UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xff)]
    return [0x30] + length + id + operation
  }

  /// An operation without its envelope: what follows the id, which has three bytes.
  private static func operation(_ operation: LDAPOperation) -> [UInt8] {
    let whole = Array(LDAPMessage(messageID: 1, operation).encoded().readableBytesView)
    return Array(whole[((whole[1] < 0x80 ? 2 : 2 + Int(whole[1] & 0x7f)) + 3)...])
  }
}
