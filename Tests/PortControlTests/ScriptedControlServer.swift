#if os(Linux)
  import Glibc
  import PortControl
  import Synchronization
  import UPnP

  /// A router for what miniupnpd cannot be made to do: a UDP socket of loopback that answers as a script says.
  final class ScriptedControlServer: Sendable {
    /// What to send back for a datagram; nothing for silence.
    typealias Script = @Sendable (_ request: [UInt8]) -> [[UInt8]]

    struct Failure: Error {}

    let endpoint: ControlEndpoint
    private let descriptor: CInt
    private let script: Mutex<Script>
    private let log = Mutex<[[UInt8]]>([])

    /// - Parameters:
    ///   - address: where to stand, with a port of the system's choice for 0.
    ///   - stranger: answers from another port than the one that was asked, as another program would.
    init(
      at address: IPv4Address = IPv4Address(rawValue: 0x7F00_0001),
      port: UInt16 = 0,
      stranger: Bool = false,
      _ script: @escaping Script
    ) throws {
      self.script = Mutex(script)
      let (listening, port) = try Self.open(address, port)
      let answering = stranger ? try Self.open(address, 0).descriptor : listening
      descriptor = listening
      endpoint = ControlEndpoint(ControlAddress(address), port: port)
      try DetachedThread.start { [weak self] in
        while let (request, sender) = Self.receive(listening) {
          guard let self else { break }
          self.log.withLock { $0.append(request) }
          for answer in self.script.withLock({ $0 })(request) { Self.send(answer, answering, sender) }
        }
        if answering != listening { close(answering) }
        close(listening)
      }
    }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// Every datagram that came, in order.
    var requests: [[UInt8]] { log.withLock { $0 } }

    func behave(_ next: @escaping Script) { script.withLock { $0 = next } }

    private static func open(_ address: IPv4Address, _ port: UInt16) throws -> (descriptor: CInt, port: UInt16) {
      let descriptor = socket(AF_INET, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var name = sockaddr_in()
      name.sin_family = sa_family_t(AF_INET)
      name.sin_addr.s_addr = address.rawValue.bigEndian
      name.sin_port = port.bigEndian
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let status = withUnsafeMutablePointer(to: &name) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, size) | getsockname(descriptor, $0, &size)
        }
      }
      guard descriptor >= 0, status == 0 else { throw Failure() }
      return (descriptor, UInt16(bigEndian: name.sin_port))
    }

    private static func receive(_ descriptor: CInt) -> ([UInt8], sockaddr_in)? {
      var (buffer, sender) = ([UInt8](repeating: 0, count: 2048), sockaddr_in())
      var size = socklen_t(MemoryLayout<sockaddr_in>.size)
      let count = withUnsafeMutablePointer(to: &sender) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          recvfrom(descriptor, &buffer, buffer.count, 0, $0, &size)
        }
      }
      return count > 0 ? (Array(buffer.prefix(count)), sender) : nil
    }

    private static func send(_ bytes: [UInt8], _ descriptor: CInt, _ receiver: sockaddr_in) {
      var receiver = receiver
      withUnsafePointer(to: &receiver) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          _ = sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
  }

  extension ScriptedControlServer {
    /// A finder that asks this router.
    func finder(_ change: (inout PortControlFinder.Options) -> Void = { _ in }) -> PortControlFinder {
      var options = PortControlFinder.Options()
      options.router = endpoint
      options.callDeadline = .seconds(3)
      change(&options)
      return PortControlFinder(options) { PCPNonce(high: 7, low: UInt64($0.externalPort)) }
    }

    /// A router of PCP alone that answers every mapping by `change`, which begins with granting what was asked.
    static func pcp(
      _ change: @escaping @Sendable (PCPRequest, PCPMapping) -> PCPResponse
    ) throws -> ScriptedControlServer {
      try ScriptedControlServer { bytes in
        guard let request = try? PCPRequest(decoding: bytes) else { return [] }
        guard let mapping = request.mapping else {
          return [PCPResponse(opcode: .announce, lifetime: 0, epoch: 100).encoded]
        }
        return [change(request, mapping).encoded]
      }
    }

    /// A router of NAT-PMP alone that answers every mapping by `change`.
    static func natPMP(
      _ change: @escaping @Sendable (NATPMPMapping) -> NATPMPResponse
    ) throws -> ScriptedControlServer {
      try ScriptedControlServer { bytes in
        switch try? NATPMPRequest(decoding: bytes) {
        case .externalAddress:
          [NATPMPResponse(.externalAddress(IPv4Address(rawValue: 0x0B00_0002)), epoch: 100).encoded]
        case .map(let mapping): [change(mapping).encoded]
        case nil: [NATPMPResponse(opcode: 1, result: .unsupportedVersion, epoch: 100).encoded]
        }
      }
    }
  }
#endif
