/// What a device says of itself (UPnP Device Architecture 1.1, section 2.3), as far as it matters here.
package struct DeviceDescription: Hashable, Sendable {
  /// Routers have about ten services.
  private static let mostServices = 64

  /// A service of the device or of one inside it.
  package struct Service: Hashable, Sendable {
    package var type = ""
    /// As written: a path or a URL.
    package var controlURL = ""
  }

  /// Against which relative URLs are meant; empty for the description's own address.
  package private(set) var base = ""
  /// The texts of the outermost device, by element name, such as `manufacturer`.
  package private(set) var texts: [String: String] = [:]
  /// Of all devices, outermost first.
  package private(set) var deviceTypes: [String] = []
  package private(set) var services: [Service] = []

  /// Reads a description.
  ///
  /// - Throws: `UPnPError` with code `badAnswer` when it is not one, or too large in some way.
  package init(_ bytes: [UInt8]) throws(UPnPError) {
    var scanner = XMLScanner(bytes)
    var path: [String] = []
    var service = Service()
    while let event = try scanner.next() {
      switch event {
      case .start(let name):
        path.append(name)
        if name == "service" { service = Service() }
      case .end(let name, let text):
        take(name, text, at: path, &service)
        path.removeLast()
      }
    }
    guard !deviceTypes.isEmpty || !services.isEmpty else { throw XMLScanner.broken("it describes no device") }
  }

  private mutating func take(_ name: String, _ text: String, at path: [String], _ service: inout Service) {
    switch (path.dropLast().last, name) {
    case ("service", "serviceType"): service.type = text
    case ("service", "controlURL"): service.controlURL = text
    case (_, "service"): if services.count < Self.mostServices { services.append(service) }
    case ("root", "URLBase"): base = text
    case ("device", _):
      if name == "deviceType", deviceTypes.count < Self.mostServices { deviceTypes.append(text) }
      if path.count == 3, texts.count < Self.mostServices { texts[name] = UPnPError.printable(text) }
    default: break
    }
  }
}

extension DeviceDescription {
  /// The services that forward ports, as they are listed.
  var forwarding: [Service] {
    services.filter { $0.type.contains(":WANIPConnection:") || $0.type.contains(":WANPPPConnection:") }
  }

  /// The service that opens the IPv6 firewall.
  var firewall: Service? { services.first { $0.type.contains(":WANIPv6FirewallControl:") } }

  /// "1" or "2"; empty when it is no gateway.
  var igdVersion: String {
    let mark = ":InternetGatewayDevice:"
    guard let type = deviceTypes.first(where: { $0.contains(mark) }) else { return "" }
    return UPnPError.printable(String(type.reversed().prefix { $0 != ":" }.reversed()))
  }

  /// Where to control `service`.
  ///
  /// - Parameter page: the address the description came from.
  /// - Throws: `UPnPError` with code `noInternetGateway` when the description names another host than its own,
  ///   `badAnswer` when it names no usable place.
  func control(_ service: Service, page: WebAddress) throws(UPnPError) -> WebAddress {
    guard let base = base.isEmpty ? page : WebAddress(base), let control = base.resolving(service.controlURL) else {
      throw XMLScanner.broken("it names no usable control URL, but '\(UPnPError.printable(service.controlURL))'")
    }
    guard control.endpoint.host == page.endpoint.host else {
      throw UPnPError(
        .noInternetGateway,
        "the device at \(page.endpoint) wants to be controlled at another host, \(control.endpoint); nothing is sent "
          + "there. If that is your router, set the zone's gateway.descriptionURL to the router's own description"
      )
    }
    return control
  }

  /// A text of the outermost device; empty when it has none.
  func text(_ name: String) -> String { texts[name] ?? "" }
}
