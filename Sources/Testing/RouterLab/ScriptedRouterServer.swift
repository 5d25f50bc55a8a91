#if os(Linux)
  import Glibc
  import Synchronization
  package import UPnP

  /// Puts a scripted router on a loopback socket, spoken to over real HTTP by the real library.
  package final class ScriptedRouterServer: Sendable {
    package let router: ScriptedRouter
    package let descriptionURL: String
    private let listener: CInt
    private let port: UInt16
    /// Connections that are held open in silence.
    private let silent = Mutex<[CInt]>([])

    /// - Throws: `LabError` when no loopback port can be had.
    package init(_ router: ScriptedRouter = ScriptedRouter()) throws {
      self.router = router
      (listener, port) = try LoopbackSocket.listen()
      descriptionURL = "http://127.0.0.1:\(port)/root.xml"
      try DetachedThread.start { [weak self, listener] in
        while case let connection = accept(listener, nil, nil), connection >= 0 {
          guard let self else { break }
          self.serve(connection)
        }
        close(listener)
      }
    }

    deinit {
      shutdown(listener, CInt(SHUT_RDWR))
      silent.withLock { $0.forEach { close($0) } }
    }

    /// A finder that asks this router only.
    package func finder(callDeadline: Duration = .seconds(10)) -> UPnPGatewayFinder {
      var options = UPnPGatewayFinder.Options()
      options.descriptionURL = descriptionURL
      options.callDeadline = callDeadline
      return UPnPGatewayFinder(options)
    }

    private func serve(_ connection: CInt) {
      let request = LoopbackSocket.readRequest(connection)
      guard request.hasPrefix("POST"), let action = Self.between(request, "#", "\"") else {
        return finish(connection, Self.http("200 OK", description()))
      }
      guard let (manner, fields) = answer(action, request) else {
        return finish(connection, Self.http("404 Not Found", ""))
      }
      switch manner {
      case .silent: silent.withLock { $0.append(connection) }
      case .garbage: finish(connection, "\u{1}\u{2}garbage\r\n\r\n<<<>>>")
      case .forgetful: finish(connection, Self.http("200 OK", Self.success(action, [])))
      case .normal: finish(connection, Self.http("200 OK", Self.success(action, fields)))
      case .truncated:
        let whole = Self.http("200 OK", Self.success(action, fields))
        finish(connection, String(whole.prefix(whole.count * 2 / 3)))
      case .refuses(let code): finish(connection, Self.http("500 Internal Server Error", Self.failure(code)))
      }
    }

    /// Nil for a place it does not have, or no longer.
    private func answer(
      _ action: String,
      _ request: String
    ) -> (manner: ScriptedRouter.Manner, fields: [(String, String)])? {
      let path = request.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
      if path == router.behaviour.controlPath { return router.answer(action, Self.arguments(request)) }
      let lines = router.behaviour.otherLines
      guard let index = Int(path.dropFirst("/line".count)), lines.indices.contains(index) else { return nil }
      return router.answer(action, ofLine: lines[index])
    }

    private func finish(_ connection: CInt, _ answer: String) {
      LoopbackSocket.write(answer, to: connection)
      close(connection)
    }

    private func description() -> String {
      let behaviour = router.behaviour
      let others = behaviour.otherLines.indices.map { Self.service("WANPPPConnection", "/line\($0)") }.joined()
      let control = "http://\(behaviour.controlHost ?? "127.0.0.1"):\(port)\(behaviour.controlPath)"
      return """
        <?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
        <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device><serviceList>
        \(Self.service("WANCommonInterfaceConfig", "/cif"))</serviceList><deviceList><device><serviceList>
        \(others)\(Self.service("WANIPConnection", control))
        </serviceList></device></deviceList></device></deviceList></device></root>
        """
    }

    private static func service(_ name: String, _ control: String) -> String {
      "<service><serviceType>urn:schemas-upnp-org:service:\(name):1</serviceType><controlURL>\(control)</controlURL></service>"
    }

    private static func http(_ status: String, _ body: String) -> String {
      "HTTP/1.1 \(status)\r\nContent-Type: text/xml\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        + body
    }

    private static func envelope(_ body: String) -> String {
      "<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\(body)"
        + "</s:Body></s:Envelope>"
    }

    private static func success(_ action: String, _ fields: [(String, String)]) -> String {
      let members = fields.map { "<\($0.0)>\($0.1)</\($0.0)>" }.joined()
      return envelope("<u:\(action)Response>\(members)</u:\(action)Response>")
    }

    private static func failure(_ code: Int) -> String {
      envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError>"
          + "<errorCode>\(code)</errorCode><errorDescription>no</errorDescription></UPnPError></detail></s:Fault>"
      )
    }

    /// The arguments of a SOAP request, by element name.
    private static func arguments(_ request: String) -> [String: String] {
      var found: [String: String] = [:]
      for part in request.split(separator: "<New") {
        let words = part.split(separator: ">", maxSplits: 1)
        if words.count == 2 { found["New" + words[0]] = String(words[1].prefix { $0 != "<" }) }
      }
      return found
    }

    private static func between(_ text: String, _ start: Character, _ end: Character) -> String? {
      guard let from = text.firstIndex(of: start) else { return nil }
      return String(text[text.index(after: from)...].prefix { $0 != end })
    }
  }
#endif
