import Testing

@testable import UPnP

/// Answers and announcements as routers send them.
enum Datagram {
  static func answer(
    _ location: String,
    target: String = "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    first: String = "HTTP/1.1 200 OK"
  ) -> [UInt8] {
    Array(
      """
      \(first)\r\nCACHE-CONTROL: max-age=120\r\nST: \(target)\r\nUSN: uuid:77::\(target)\r\nEXT:\r
      SERVER: Lab/1 UPnP/1.1\r\nLOCATION: \(location)\r\nBOOTID.UPNP.ORG: 7\r\n\r\n
      """.utf8
    )
  }

  static func notify(_ nts: String, location: String = "", boot: String = "7") -> [UInt8] {
    let target = "urn:schemas-upnp-org:device:InternetGatewayDevice:2"
    let place = location.isEmpty ? "" : "LOCATION: \(location)\r\n"
    return Array(
      ("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: \(target)\r\nNTS: \(nts)\r\nUSN: uuid:77::\(target)\r\n"
        + place + "BOOTID.UPNP.ORG: \(boot)\r\n\r\n").utf8
    )
  }
}

@Suite("Answers and announcements of routers")
struct SSDPMessageTests {
  @Test func anAnswerIsRead() throws {
    let message = try #require(SSDPMessage(Datagram.answer("http://192.168.1.1:5000/root.xml")))
    #expect(message.kind == .answer)
    #expect(message.location == "http://192.168.1.1:5000/root.xml")
    #expect(message.udn == "uuid:77")
    #expect(message.bootID == 7)
    #expect(message.isGateway)
  }

  @Test(arguments: [("ssdp:alive", SSDPMessage.Kind.alive), ("SSDP:UPDATE", .update)])
  func announcementsAreRead(nts: String, kind: SSDPMessage.Kind) {
    #expect(SSDPMessage(Datagram.notify(nts, location: "http://192.168.1.1/"))?.kind == kind)
    #expect(SSDPMessage(Datagram.notify(nts)) == nil, "without a place it is of no use")
  }

  @Test func aDeviceLeavesWithoutALocation() {
    #expect(SSDPMessage(Datagram.notify("ssdp:byebye"))?.kind == .byebye)
  }

  @Test(arguments: [
    "", "\r\n\r\n", "HTTP/1.1 404 Not Found\r\nST: a\r\nLOCATION: b\r\n\r\n", "M-SEARCH * HTTP/1.1\r\nST: a\r\n\r\n",
    "HTTP/1.1 200 OK\r\nLOCATION: http://1.2.3.4/\r\n\r\n", "NOTIFY * HTTP/1.1\r\nNT: a\r\nLOCATION: b\r\n\r\n",
    "HTTP/1.1 200 OK\r\nST: a\u{0}\r\nLOCATION: b\r\n\r\n", "HTTP/1.1 200 OK\r\nST: \u{e9}\r\nLOCATION: b\r\n\r\n",
  ])
  func anythingElseIsNoMessage(text: String) {
    #expect(SSDPMessage(Array(text.utf8)) == nil)
  }

  @Test func messagesAreBounded() {
    #expect(SSDPMessage(Datagram.answer("http://1.2.3.4/" + String(repeating: "a", count: 3000))) == nil)
    let many = (0..<40).map { "X\($0): y\r\n" }.joined()
    #expect(SSDPMessage(Array("HTTP/1.1 200 OK\r\nST: a\r\nLOCATION: b\r\n\(many)\r\n".utf8)) == nil)
  }

  @Test func onlyTheSendersOwnDescriptionMakesANotice() throws {
    let (router, other) = (try #require(IPv4Address("192.168.1.1")), try #require(IPv4Address("192.168.1.9")))
    let alive = Datagram.notify("ssdp:alive", location: "http://192.168.1.1:5000/root.xml")
    let notice = try #require(RouterNotice(alive, from: router))
    #expect(notice.kind == .alive)
    #expect(notice.descriptionURL == "http://192.168.1.1:5000/root.xml")
    #expect(notice.bootID == 7)
    #expect(RouterNotice(alive, from: other) == nil)
    #expect(RouterNotice(Datagram.notify("ssdp:byebye"), from: other)?.kind == .byebye)
    #expect(RouterNotice(Datagram.answer("http://192.168.1.1/"), from: router) == nil)
  }
}

@Suite("A search for the home's router")
struct SSDPSearchTests {
  private static let router = IPv4Address(rawValue: 0xC0A8_0101)
  private static let television = IPv4Address(rawValue: 0xC0A8_0109)

  private func search(gateways: [IPv4Address] = [router]) -> SSDPSearch {
    SSDPSearch(gateways: gateways, patience: .seconds(3), at: .zero)
  }

  @Test func asksThreeTimesAndEnds() {
    var (search, sent, now) = (search(), 0, Duration.zero)
    loop: while true {
      switch search.directive(at: now) {
      case .send: sent += 1
      case .listen(let until):
        #expect(until > now)
        now = until
      case .end: break loop
      }
    }
    #expect(sent == 3)
    #expect(now == .seconds(3))
    #expect(search.candidates.isEmpty)
  }

  @Test func endsAtOnceWhenTheDefaultGatewayAnswers() {
    var search = search()
    _ = search.directive(at: .zero)
    search.take(Datagram.answer("http://192.168.1.9/tv"), from: Self.television, at: .milliseconds(5))
    #expect(search.directive(at: .milliseconds(5)) != .end)
    search.take(Datagram.answer("http://192.168.1.1:5000/a"), from: Self.router, at: .milliseconds(6))
    #expect(search.directive(at: .milliseconds(6)) == .end)
    #expect(search.candidates == ["http://192.168.1.1:5000/a"])
    #expect(search.stranger == "http://192.168.1.9:80/tv")
  }

  @Test func aDefaultGatewayThatIsJustSomeDeviceGetsAMomentToSayMore() {
    var search = search()
    _ = search.directive(at: .zero)
    let plain = Datagram.answer("http://192.168.1.1/media", target: "upnp:rootdevice")
    search.take(plain, from: Self.router, at: .milliseconds(10))
    #expect(search.directive(at: .milliseconds(10)) == .listen(until: .milliseconds(250)))
    search.take(Datagram.answer("http://192.168.1.1/igd"), from: Self.router, at: .milliseconds(20))
    #expect(search.directive(at: .milliseconds(20)) == .end)
    #expect(search.candidates == ["http://192.168.1.1:80/igd", "http://192.168.1.1:80/media"])
  }

  @Test func withoutAKnownGatewayEverybodyGetsAMoment() {
    var search = search(gateways: [])
    _ = search.directive(at: .zero)
    search.take(Datagram.answer("http://192.168.1.9/b"), from: Self.television, at: .milliseconds(100))
    #expect(search.directive(at: .milliseconds(200)) == .listen(until: .milliseconds(250)))
    #expect(search.directive(at: .milliseconds(400)) == .end)
    #expect(search.candidates == ["http://192.168.1.9:80/b"])
  }

  @Test(arguments: [
    "https://192.168.1.1/a", "http://router.local/a", "file:///etc/passwd", "http://", "http://[::1]/a",
    "http://192.168.1.2/a", "http://127.0.0.1:22/", "http://192.168.1.1@192.168.1.2/",
  ])
  func devicesThatDescribeThemselvesElsewhereDoNotCount(location: String) {
    var search = search()
    search.take(Datagram.answer(location), from: Self.router, at: .zero)
    #expect(search.candidates.isEmpty)
  }

  @Test func oneDeviceCannotCrowdOutTheRouter() {
    var search = search()
    for number in 0..<500 {
      search.take(Datagram.answer("http://192.168.1.9/\(number)"), from: Self.television, at: .zero)
    }
    for number in 0..<200 {
      let address = IPv4Address(rawValue: 0xC0A8_0200 + UInt32(number))
      search.take(Datagram.answer("http://\(address)/a"), from: address, at: .zero)
    }
    search.take(Datagram.answer("http://192.168.1.1/a"), from: Self.router, at: .zero)
    #expect(search.candidates == ["http://192.168.1.1:80/a"])
  }

  @Test func aFloodEndsTheSearch() {
    var search = search()
    for _ in 0..<1024 { search.take([1, 2, 3], from: Self.television, at: .zero) }
    #expect(search.directive(at: .zero) == .end)
  }

  @Test func questionsAreWhatTheStandardWants() {
    let everybody = String(
      decoding: SSDPMessage.search("a:b", host: "239.255.255.250", isMulticast: true),
      as: UTF8.self
    )
    #expect(everybody.hasPrefix("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\n"))
    #expect(everybody.contains("\r\nST: a:b\r\nMX: 1\r\n"))
    #expect(everybody.hasSuffix("\r\n\r\n"))
    let one = String(decoding: SSDPMessage.search("a:b", host: "192.168.1.1", isMulticast: false), as: UTF8.self)
    #expect(!one.contains("MX:"))
  }
}
