import Testing

@testable import UPnP

@Suite("Which router is the home's")
struct RouterChoiceTests {
  @Test func defaultRoutesComeOutOfTheKernelsTableByMetric() {
    let table = """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      wlan0\t00000000\t0100000A\t0003\t0\t0\t600\t00000000\t0\t0\t0
      eth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
      eth0\t004DA8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
      tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0
      torn line
      """
    #expect(DefaultRoute.gateways(inRouteTable: table).map(\.description) == ["192.168.77.1", "10.0.0.1"])
  }

  @Test func everyKnownRefusalHasANameAndAdvice() {
    #expect(UPnPErrorCode.onlyPermanentLeases.description == "725 OnlyPermanentLeasesSupported")
    #expect(UPnPErrorCode(rawValue: 899).description == "899")
    for code in [401, 402, 501, 606, 713, 714, 718, 724, 725, 728, 729, 733] {
      #expect(UPnPErrorCode(rawValue: code).name != nil)
    }
  }

  @Test func labelsFromOtherDevicesAreMadeHarmless() {
    #expect(UPnPError.printable("a\u{1b}[31mb\nc\u{e9}") == "a?[31mb?c?")
    #expect(UPnPError.printable(String(repeating: "x", count: 500)).count == 80)
  }

  @Test(arguments: ["", "a b", "a<b>", "é", String(repeating: "x", count: 65)])
  func ownLabelsNeedNoEscaping(label: String) throws {
    let client = try #require(IPv4Address("192.168.1.2"))
    #expect(throws: UPnPError.self) {
      try PortMappingRequest(key: .init(.tcp, 80), client: client, internalPort: 80, label: label, lease: 60)
    }
  }
}
