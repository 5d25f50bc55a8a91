internal import CMiniUPnPc

/// libminiupnpc's search and description calls as plain Swift values. Everything here blocks: call it through
/// `BlockingCalls` only.
enum RouterLibrary {
  /// One forwarding service of a router: where to send requests, and in which version's words.
  struct ControlPoint: Hashable, Sendable {
    let url: String
    let serviceType: String
  }

  /// What a description page holds.
  struct Description: Sendable {
    /// The forwarding services, at most two (WANIPConnection and WANPPPConnection may both exist).
    let services: [ControlPoint]
    /// This machine's address on the connection that fetched the page.
    let localAddress: IPv4Address?
  }

  /// Multicasts a search and returns the description URLs of the devices that may forward ports.
  ///
  /// Waits `delay` milliseconds after the last answer, and four times that when nobody answers.
  /// - Throws: `UPnPError` with code `unreachable` when the system cannot send the search.
  static func search(interface: String?, delay: Int32) throws(UPnPError) -> [String] {
    var status: Int32 = 0
    guard let list = upnpDiscover(delay, interface, nil, 0, 0, 2, &status) else {
      guard status == 0 || status == UPNPDISCOVER_UNKNOWN_ERROR else {
        throw UPnPError(
          .unreachable,
          "cannot send the search for a router on \(interface ?? "the default interface") (\(status))"
        )
      }
      return []
    }
    defer { freeUPNPDevlist(list) }
    return sequence(first: list) { $0.pointee.pNext }.compactMap { device in
      let target = String(cString: device.pointee.st)
      return RouterDescription.mayForwardPorts(searchTarget: target) ? String(cString: device.pointee.descURL) : nil
    }
  }

  /// Fetches and reads one description page; nil when nothing answers there.
  static func describe(_ url: String) -> Description? {
    var urls = UPNPUrls()
    var data = IGDdatas()
    var address = [CChar](repeating: 0, count: 64)
    guard UPNP_GetIGDFromUrl(url, &urls, &data, &address, Int32(address.count - 1)) == 1 else { return nil }
    var services = [service(urls, data.first)]
    if data.second.servicetype.0 != 0 {
      FreeUPNPUrls(&urls)
      data.first = data.second
      GetUPNPUrls(&urls, &data, url, 0)
      services.append(service(urls, data.first))
    }
    FreeUPNPUrls(&urls)
    return Description(services: services.compactMap(\.self), localAddress: IPv4Address(text(address)))
  }

  private static func service(_ urls: UPNPUrls, _ service: IGDdatas_service) -> ControlPoint? {
    let type = withUnsafeBytes(of: service.servicetype) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    guard type.contains(":WANIPConnection:") || type.contains(":WANPPPConnection:"), let url = urls.controlURL else {
      return nil
    }
    return ControlPoint(url: String(cString: url), serviceType: type)
  }

  /// The text in a buffer that C filled, up to its terminator.
  static func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
