import Testing

@testable import UPnP

@Suite("IPv4 addresses as routers name them")
struct IPv4AddressTests {
  @Test(arguments: ["0.0.0.0", "192.168.77.10", "255.255.255.255"])
  func readsAndWritesDottedDecimal(text: String) throws {
    #expect(try #require(IPv4Address(text)).description == text)
  }

  @Test(arguments: ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d", "1.2.3.-4"])
  func refusesAnythingElse(text: String) {
    #expect(IPv4Address(text) == nil)
  }

  @Test(arguments: [
    "10.1.2.3", "100.64.0.1", "100.127.255.255", "172.31.0.1", "192.168.0.1", "203.0.113.7", "240.0.0.1",
  ])
  func reservedAddressesAreNotReachableFromOutside(text: String) throws {
    #expect(try #require(IPv4Address(text)).isReserved)
  }

  @Test(arguments: ["11.0.0.2", "100.63.255.255", "100.128.0.0", "172.32.0.1", "8.8.8.8", "223.255.255.255"])
  func otherAddressesAre(text: String) throws {
    #expect(try !#require(IPv4Address(text)).isReserved)
  }
}
