#if os(Linux)
  import Glibc
  import RouterLab
  import Testing

  @testable import UPnP

  /// Devices that lie, flood and never end: whatever they send costs bounded memory and time, leads nowhere else, and
  /// ends in an error that says what is wrong.
  @Suite("Hostile routers", .timeLimit(.minutes(1)))
  struct HostileRouterTests {
    /// One way to answer, and what the error must say.
    struct Attack: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let speech: HostileRouter.Speech
      let error: String

      init(_ name: String, _ speech: HostileRouter.Speech, _ error: String) {
        (testDescription, self.speech, self.error) = (name, speech, error)
      }

      init(_ name: String, _ text: String, _ error: String) {
        self.init(name, .whole(Array(text.utf8)), error)
      }
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let ok = "HTTP/1.1 200 OK\r\n"
    private static let filler = [UInt8](repeating: UInt8(ascii: "a"), count: 64 * 1024)

    /// Of the transport: the same whatever was asked.
    static let transport: [Attack] = [
      Attack("endless body", .endless(start: bytes(ok + "\r\n<root>"), rest: filler), "too large"),
      Attack("endless header", .endless(start: bytes(ok + "X: "), rest: filler), "too large"),
      Attack("endless header lines", .endless(start: bytes(ok), rest: bytes("X: y\r\n")), "too large"),
      Attack("endless informational answers", .endless(start: [], rest: bytes("HTTP/1.1 100 C\r\n\r\n")), "too large"),
      Attack(
        "endless chunks",
        .endless(start: bytes(ok + "Transfer-Encoding: chunked\r\n\r\n"), rest: bytes("4\r\nabcd\r\n")),
        "too large"
      ),
      Attack(
        "endless empty lines between chunks",
        .endless(start: bytes(ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na"), rest: bytes("\r\n")),
        "too large"
      ),
      Attack("a chunk of 4 GiB", ok + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", "valid chunks"),
      Attack("chunked nonsense", ok + "Transfer-Encoding: chunked\r\n\r\n<root></root>\n", "valid chunks"),
      Attack("a length of 10 GB", ok + "Content-Length: 10000000000\r\n\r\n<root/>", "too large"),
      Attack("a negative length", ok + "Content-Length: -1\r\n\r\n<root/>", "impossible length"),
      Attack("a length beyond numbers", ok + "Content-Length: 99999999999999999999\r\n\r\n", "impossible length"),
      Attack("a length that is not reached", ok + "Content-Length: 500\r\n\r\n<root>", "ends too early"),
      Attack("10 MB", .whole(bytes(ok + "\r\n") + [UInt8](repeating: 65, count: 10_000_000)), "too large"),
      Attack("nothing", "", "ends too early"),
      Attack("not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
      Attack("NUL bytes", .whole([UInt8](repeating: 0, count: 4096) + bytes("\r\n\r\n")), "not HTTP"),
      Attack("a redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "redirect (302)"),
    ]

    /// Of descriptions.
    static let descriptions: [Attack] = [
      Attack("deep XML", page(String(repeating: "<a>", count: 60_000)), "nested deeper than 32"),
      Attack("many elements", page("<root>" + String(repeating: "<a/>", count: 60_000)), "more than 4096 elements"),
      Attack("an endless comment", page("<root><!-- " + String(repeating: "-", count: 60_000)), "ends too early"),
      Attack("crossed elements", page("<root><device></root></device>"), "not nested properly"),
      Attack("not XML", page("hello"), "not usable"),
      Attack("NUL bytes inside", page("<root>\u{0}\u{0}<\u{0}></root>"), "not usable"),
      Attack("no device", page("<root><a/></root>"), "describes no device"),
      Attack(
        "entities that grow",
        page("<!DOCTYPE r [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><root><device>&b;</device></root>"),
        "not usable"
      ),
    ]

    private static func page(_ body: String) -> String { ok + "Content-Length: \(body.utf8.count)\r\n\r\n" + body }

    private static func description(control: String, base: String = "") -> String {
      page(
        """
        <root>\(base.isEmpty ? "" : "<URLBase>\(base)</URLBase>")<device><deviceType>x:InternetGatewayDevice:1</deviceType>
        <serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
        <controlURL>\(control)</controlURL></service></serviceList></device></root>
        """
      )
    }

    /// The loopback's own buffers hold a few megabytes.
    private static let mostTaken = 16 << 20

    @Test(arguments: transport + descriptions)
    func aHostileDescriptionEndsInAClearError(attack: Attack) async throws {
      let (calls, router) = (BlockingCalls(), try HostileRouter { _, _ in attack.speech })
      let error = await #expect(throws: UPnPError.self) {
        _ = try await router.finder(calls: calls).find(remembered: nil)
      }
      #expect(error?.message.contains(attack.error) == true, "\(error?.message ?? "")")
      #expect(router.bytesSent < Self.mostTaken)
      #expect(calls.callsUnderWay == 0)
    }

    @Test(arguments: transport)
    func aHostileAnswerToAQuestionEndsInAClearError(attack: Attack) async throws {
      let router = try HostileRouter { request, _ in
        if request.hasPrefix("GET") { return .whole(Self.bytes(Self.description(control: "/control"))) }
        if request.contains("#GetStatusInfo") { return .whole(Self.bytes(Self.page("<a/>"))) }
        return attack.speech
      }
      let calls = BlockingCalls()
      let gateway = try await router.finder(calls: calls).find(remembered: nil)
      let error = await #expect(throws: UPnPError.self) { _ = try await gateway.entry(PortMappingKey(.tcp, 80)) }
      #expect(error?.message.contains(attack.error) == true, "\(error?.message ?? "")")
      #expect(router.bytesSent < Self.mostTaken)
      #expect(calls.callsUnderWay == 0)
    }

    @Test(arguments: [
      HostileRouter.Speech.silence, .drip([UInt8](repeating: UInt8(ascii: "H"), count: 1000), pause: .milliseconds(50)),
      .drip(Array("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".utf8) + filler, pause: .milliseconds(20)),
    ])
    func whatNeverEndsEndsAtTheDeadlineAndSoDoesItsThread(speech: HostileRouter.Speech) async throws {
      for stage in ["GET", "POST"] {
        let router = try HostileRouter { request, _ in
          request.hasPrefix(stage) ? speech : .whole(Self.bytes(Self.description(control: "/control")))
        }
        let (calls, start) = (BlockingCalls(), ContinuousClock.now)
        let finder = router.finder(calls: calls, callDeadline: .milliseconds(300))
        let error = await #expect(throws: UPnPError.self) { _ = try await finder.find(remembered: nil) }
        #expect(error?.code == .deadlineExceeded)
        let ended = try await eventually(within: .seconds(2)) { calls.callsUnderWay == 0 }
        #expect(ended, "the library's thread has ended")
        #expect(start.duration(to: .now) < .seconds(3))
      }
    }

    @Test func cancellationEndsTheThreadInsideTheLibrary() async throws {
      let router = try HostileRouter { request, _ in
        request.hasPrefix("GET") ? .whole(Self.bytes(Self.description(control: "/control"))) : .silence
      }
      let calls = BlockingCalls()
      let question = Task { _ = try await router.finder(calls: calls).find(remembered: nil) }
      let isAsking = try await eventually { router.connections == 2 }
      #expect(isAsking)
      let start = ContinuousClock.now
      question.cancel()
      await #expect(throws: CancellationError.self) { try await question.value }
      let ended = try await eventually(within: .seconds(2)) { calls.callsUnderWay == 0 }
      #expect(ended)
      #expect(start.duration(to: .now) < .seconds(1))
    }

    @Test(arguments: [
      ("http://127.0.0.2:%PORT/control", ""), ("//127.0.0.2:%PORT/control", ""),
      ("/control", "http://127.0.0.2:%PORT/"),
      ("http://localhost:%PORT/control", ""), ("ftp://127.0.0.1/control", ""), ("", ""), ("/a b", ""),
      ("/a\u{e9}", ""), ("http://127.0.0.1:%PORT@127.0.0.2/", ""), ("/" + String(repeating: "a", count: 2000), ""),
    ])
    func controlElsewhereIsNeverAsked(control: String, base: String) async throws {
      let trap = try HostileRouter { _, _ in .silence }
      let place = { (text: String) in text.replacing("%PORT", with: "\(trap.port)") }
      let page = Self.description(control: place(control), base: place(base))
      let router = try HostileRouter { _, _ in .whole(Self.bytes(page)) }
      let error = await #expect(throws: UPnPError.self) {
        _ = try await router.finder(calls: BlockingCalls()).find(remembered: nil)
      }
      #expect(error?.code == .noInternetGateway || error?.code == .badAnswer)
      #expect(trap.connections == 0)
      #expect(router.connections == 1)
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func redirectsAreNotFollowed(status: Int) async throws {
      let trap = try HostileRouter { _, _ in .silence }
      let redirect = "HTTP/1.1 \(status) Go\r\nLocation: \(trap.descriptionURL)\r\nContent-Length: 0\r\n\r\n"
      for stage in ["GET", "POST"] {
        let router = try HostileRouter { request, _ in
          .whole(Self.bytes(request.hasPrefix(stage) ? redirect : Self.description(control: "/control")))
        }
        _ = try? await router.finder(calls: BlockingCalls()).find(remembered: nil).externalAddress()
        #expect(router.connections > 0)
      }
      #expect(trap.connections == 0)
    }

    /// Answers with random damage, through the library itself.
    @Test func damagedAnswersAreSurvived() async throws {
      let fields = [
        "NewInternalPort", "NewInternalClient", "NewEnabled", "NewPortMappingDescription", "NewLeaseDuration",
      ]
      let values = fields.map { "<\($0)>12</\($0)>" }.joined()
      let whole = Array("<s:Envelope><s:Body><u:R>\(values)</u:R></s:Body></s:Envelope>".utf8)
      let router = try HostileRouter { request, _ in
        if request.hasPrefix("GET") { return .whole(Self.bytes(Self.description(control: "/control"))) }
        var body = whole
        for _ in 0..<Int.random(in: 1...8) {
          let place = Int.random(in: 0..<body.count)
          switch Int.random(in: 0..<4) {
          case 0: body[place] = UInt8.random(in: 0...255)
          case 1: body.removeSubrange(place...)
          case 2: body.insert(contentsOf: [UInt8](repeating: body[place], count: 300), at: place)
          default: body += body[place...]
          }
          if body.isEmpty { body = [0] }
        }
        return .whole(Self.bytes(Self.ok + "Content-Length: \(body.count)\r\n\r\n") + body)
      }
      let calls = BlockingCalls()
      let gateway = try await router.finder(calls: calls).find(remembered: nil)
      for _ in 0..<200 {
        _ = try? await gateway.entry(PortMappingKey(.tcp, 80))
        _ = try? await gateway.externalAddress()
      }
      #expect(router.connections >= 400)
      #expect(calls.callsUnderWay == 0)
    }

    @Test func floodsDoNotFillTheMemory() async throws {
      let calls = BlockingCalls()
      let router = try HostileRouter { _, _ in .endless(start: Self.bytes(Self.ok + "\r\n"), rest: Self.filler) }
      let finder = router.finder(calls: calls)
      _ = try? await finder.find(remembered: nil)
      let before = Self.residentBytes()
      for _ in 0..<50 { _ = try? await finder.find(remembered: nil) }
      #expect(router.connections == 51)
      #expect(Self.residentBytes() - before < 8 << 20)
    }

    private static func residentBytes() -> Int {
      guard let file = fopen("/proc/self/statm", "r") else { return 0 }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 200)
      fgets(&line, 200, file)
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let fields = text.split(separator: " ")
      return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
  }
#endif
