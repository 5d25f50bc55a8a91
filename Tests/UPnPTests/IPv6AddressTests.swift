import Testing
import UPnP

@Suite("IPv6 addresses and openings")
struct IPv6AddressTests {
  @Test(
    arguments: [
      ("::", "::"), ("fe80:0:0::1", "fe80::1"), ("2001:DB8::A", "2001:db8::a"), ("2a01:e0a:1:2:3:4:5:6", nil),
      ("::ffff:1.2.3.4", nil),
    ] as [(String, String?)]
  )
  func readsAndWritesTheShortestForm(text: String, expected: String?) throws {
    #expect(try #require(IPv6Address(text)).description == expected ?? text)
  }

  @Test(arguments: ["", "fe80::1%eth0", "[::1]", "1.2.3.4", ":::", "1:2:3:4:5:6:7:8:9"])
  func refusesAnythingElse(text: String) {
    #expect(IPv6Address(text) == nil)
  }

  @Test func rangesAreToldApart() throws {
    #expect(try #require(IPv6Address("febf::1")).isLinkLocal)
    #expect(try !#require(IPv6Address("fec0::1")).isLinkLocal)
    #expect(try #require(IPv6Address("2a01::1")).isGlobalUnicast)
    for text in ["fd00::1", "fe80::1", "2001:db8::1", "::1", "4000::1"] {
      #expect(try !#require(IPv6Address(text)).isGlobalUnicast)
    }
  }

  @Test(
    arguments: [
      ("2a01::1", 0, 60), ("2a01::1", 80, 0), ("2a01::1", 80, 86_401), ("fe80::1", 80, 60),
    ] as [(String, UInt16, UInt32)]
  )
  func impossibleOpeningsAreRefusedBeforeAnybodyIsAsked(client: String, port: UInt16, lease: UInt32) throws {
    let client = try #require(IPv6Address(client))
    let error = #expect(throws: UPnPError.self) {
      try PinholeRequest(.tcp, client: client, port: port, lease: lease)
    }
    #expect(error?.code == .invalidRequest)
  }
}
