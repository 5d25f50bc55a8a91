/// A router's description, fetched from the router itself.
struct RouterPage: Sendable {
  let address: WebAddress
  let description: DeviceDescription
  /// This machine's address on the connection.
  let localAddress: WebEndpoint.Host?

  /// Fetches the description. Blocks.
  ///
  /// - Throws: `UPnPError` with code `unreachable`, `badAnswer`, `system`, or `deadlineExceeded` when interrupted.
  init(_ address: WebAddress, _ interruption: Interruption) throws(UPnPError) {
    let exchange = WebExchange(endpoint: address.endpoint)
    let (answer, local) = try exchange.get(address.path, interruption)
    guard answer.status == 200 else {
      throw UPnPError(.unreachable, "there is no UPnP description at \(address): the device says \(answer.status)")
    }
    self.address = address
    description = try DeviceDescription(answer.body)
    localAddress = local
  }

  /// Where to ask for ports, in the order of the description. At most four: each costs a question.
  ///
  /// - Throws: `UPnPError` with code `noInternetGateway` or `badAnswer` when the device forwards no ports, or names no
  ///   usable place for that.
  func controlPoints() throws(UPnPError) -> [RouterLibrary.ControlPoint] {
    var (points, problem) = ([RouterLibrary.ControlPoint](), UPnPError?.none)
    for service in description.forwarding.prefix(4) {
      do throws(UPnPError) {
        points.append(try controlPoint(service))
      } catch {
        problem = problem ?? error
      }
    }
    guard points.isEmpty else { return points }
    throw problem ?? UPnPError(.noInternetGateway, "the device at \(address) does not forward ports")
  }

  func controlPoint(_ service: DeviceDescription.Service) throws(UPnPError) -> RouterLibrary.ControlPoint {
    RouterLibrary.ControlPoint(address: try description.control(service, page: address), serviceType: service.type)
  }

  /// What it says of itself, of which only the addresses are sure.
  func identity(local: IPv4Address, isConnected: Bool) -> GatewayIdentity {
    var identity = GatewayIdentity(descriptionURL: "\(address)", localAddress: local, isConnected: isConnected)
    identity.friendlyName = description.text("friendlyName")
    identity.manufacturer = description.text("manufacturer")
    identity.model = [description.text("modelName"), description.text("modelNumber")].filter { !$0.isEmpty }
      .joined(separator: " ")
    identity.serial = description.text("serialNumber")
    identity.udn = description.text("UDN")
    identity.igdVersion = description.igdVersion
    return identity
  }
}
