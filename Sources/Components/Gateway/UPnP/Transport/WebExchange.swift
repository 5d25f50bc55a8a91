/// One question to one device and its answer, on the calling thread: bounded in size and time, and to one place.
struct WebExchange {
  /// How patient to be. The whole is bounded by the interruption.
  struct Limits: Sendable {
    var connect = Duration.seconds(3)
    /// Between two parts of an answer. A little less than libminiupnpc's own 5 s, so that our error comes first.
    var idle = Duration.milliseconds(4500)
    var answer = WebAnswerReader.Limits()
    /// Everything that is read, with what the answer's form wastes.
    var totalBytes: Int { 2 * (answer.headerBytes + answer.bodyBytes) }
  }

  let endpoint: WebEndpoint
  /// The address to ask from; nil lets the system choose.
  var source: WebEndpoint.Host?
  var limits = Limits()

  /// - Parameter request: complete, with header and body.
  /// - Returns: the answer, and this machine's address on the connection.
  /// - Throws: `UPnPError` with code `unreachable`, `badAnswer`, `system`, or `deadlineExceeded` when interrupted.
  func perform(
    _ request: [UInt8],
    _ interruption: Interruption
  ) throws(UPnPError) -> (answer: WebAnswer, local: WebEndpoint.Host?) {
    let socket = try NetworkSocket.open(endpoint.family, .stream)
    if let source { try socket.bind(to: WebEndpoint(host: source, port: 0)) }
    try socket.connect(to: endpoint, atMost: limits.connect, interruption)
    try socket.send(request, idle: limits.idle, interruption)
    return (try receive(from: socket, interruption), socket.localEndpoint()?.host)
  }

  /// Fetches a page.
  func get(
    _ path: String,
    _ interruption: Interruption
  ) throws(UPnPError) -> (answer: WebAnswer, local: WebEndpoint.Host?) {
    let request =
      "GET \(path) HTTP/1.1\r\nHost: \(endpoint)\r\nConnection: close\r\nUser-Agent: rhizome UPnP/1.1\r\n\r\n"
    return try perform(Array(request.utf8), interruption)
  }

  private func receive(
    from socket: NetworkSocket,
    _ interruption: Interruption
  ) throws(UPnPError) -> WebAnswer {
    var reader = WebAnswerReader(limits: limits.answer)
    var total = 0
    while true {
      let part = try socket.receive(idle: limits.idle, interruption)
      if part.isEmpty { return try reader.end() }
      try reader.take(part)
      if let answer = reader.answer { return answer }
      total += part.count
      guard total <= limits.totalBytes else {
        throw UPnPError(.badAnswer, "the router's answer is too large: more than \(limits.totalBytes) bytes")
      }
    }
  }
}
