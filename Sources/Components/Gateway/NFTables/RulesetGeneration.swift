#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The number that the kernel counts up with every change of any ruleset: a look that costs microseconds, where listing a
/// table starts a program.
package enum RulesetGeneration {
  /// - Returns: nil where the kernel does not say, or this process may not ask.
  package static func current() -> UInt32? {
    #if os(Linux)
      let descriptor = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | cloexec, netfilter)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var limit = timeval(tv_sec: 1, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      guard send(descriptor, request, request.count, 0) == request.count else { return nil }
      var answer = [UInt8](repeating: 0, count: 1024)
      let count = recv(descriptor, &answer, answer.count, 0)
      return count > 0 ? number(in: Array(answer.prefix(count))) : nil
    #else
      return nil
    #endif
  }

  private static let netfilter: Int32 = 12
  private static let cloexec: Int32 = 0x80000

  /// `struct nlmsghdr` (length, type, flags, sequence, port) and `struct nfgenmsg` of linux/netfilter/nfnetlink.h, in the
  /// machine's byte order: NFT_MSG_GETGEN (16) of the subsystem nftables (10).
  private static let request: [UInt8] =
    bytes(UInt32(20)) + bytes(UInt16(10 << 8 | 16)) + bytes(UInt16(1))
    + bytes(UInt32(1)) + bytes(UInt32(0)) + [0, 0, 0, 0]

  /// Reads the attribute NFTA_GEN_ID (1), 4 bytes in network order, of a message NFT_MSG_NEWGEN (15).
  static func number(in message: [UInt8]) -> UInt32? {
    func word(_ offset: Int) -> UInt16? {
      guard offset + 2 <= message.count else { return nil }
      return message.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt16.self) }
    }
    guard word(4) == UInt16(10 << 8 | 15) else { return nil }
    var offset = 20
    while let length = word(offset).map(Int.init), let kind = word(offset + 2), length >= 4 {
      if kind & 0x3FFF == 1, length == 8, offset + 8 <= message.count {
        return message[offset + 4..<offset + 8].reduce(0) { $0 << 8 | UInt32($1) }
      }
      offset += (length + 3) & ~3
    }
    return nil
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }
}
