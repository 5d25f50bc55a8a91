#if os(Linux)
  import Glibc

  /// The few socket calls that lab servers and clients need.
  enum LoopbackSocket {
    /// Listens on a free port of `address`.
    static func listen(on address: UInt32 = 0x7F00_0001, port: UInt16 = 0) throws -> (socket: CInt, port: UInt16) {
      let file = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      // The port of a server that has just been shut down is free, though its thread may not have closed it yet.
      var yes: CInt = 1
      setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
      var name = sockaddr(address, port)
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withSocketAddress(&name) { pointer in
        bind(file, pointer, size) | Glibc.listen(file, 16) | getsockname(file, pointer, &size)
      }
      guard file >= 0, status == 0 else { throw LabError("cannot listen on a lab address: error \(errno)") }
      return (file, UInt16(bigEndian: name.sin_port))
    }

    /// Connects, at most for two seconds.
    static func connect(to address: UInt32, _ port: UInt16) throws -> CInt {
      let file = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var patience = timeval(tv_sec: 2, tv_usec: 0)
      for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
        setsockopt(file, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
      }
      var name = sockaddr(address, port)
      let status = withSocketAddress(&name) { Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      guard status == 0 else {
        let reason = errno
        close(file)
        throw LabError("cannot connect: error \(reason)")
      }
      return file
    }

    static func write(_ text: String, to file: CInt) {
      let bytes = Array(text.utf8)
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          send(file, $0.baseAddress?.advanced(by: sent), $0.count - sent, CInt(MSG_NOSIGNAL))
        }
        guard count > 0 else { return }
        sent += count
      }
    }

    /// Reads until the other side has nothing more to say, at most 64 KiB.
    static func readToEnd(_ file: CInt) -> String {
      var text: [UInt8] = []
      while text.count < 65_536, let part = readPart(file) { text += part }
      return String(decoding: text, as: UTF8.self)
    }

    /// Reads one HTTP request with its body.
    static func readRequest(_ file: CInt) -> String {
      var text = ""
      while text.utf8.count < 65_536, !isWhole(text), let part = readPart(file) {
        text += String(decoding: part, as: UTF8.self)
      }
      return text
    }

    private static func isWhole(_ request: String) -> Bool {
      if request.hasPrefix("POST") { return request.contains("</s:Envelope>") }
      return request.hasSuffix("\r\n\r\n")
    }

    private static func readPart(_ file: CInt) -> [UInt8]? {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = recv(file, &buffer, buffer.count, 0)
      return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    private static func sockaddr(_ address: UInt32, _ port: UInt16) -> sockaddr_in {
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = address.bigEndian
      name.sin_port = port.bigEndian
      return name
    }

    private static func withSocketAddress<Result>(
      _ name: inout sockaddr_in,
      _ body: (UnsafeMutablePointer<Glibc.sockaddr>) -> Result
    ) -> Result {
      withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: Glibc.sockaddr.self, capacity: 1) { body($0) }
      }
    }
  }
#endif
