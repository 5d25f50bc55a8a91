import DirectoryTestSupport
import Foundation
import LDAPProtocol

/// The embedded directory against slapd with its default database: the same people, the same client, loopback TCP.
enum DirectoryBenchmark {
  /// More than slapd's 10 MiB are needed for the people; `uid` is what is searched by.
  private static let slapdSettings = ["maxsize 1073741824", "index objectClass,uid eq"]

  /// How clients ask: over so many connections, with so many requests under way on each.
  private static let ways: [Way] = [
    Way(connections: 1, depth: 1), Way(connections: 1, depth: 1, isAwake: true), Way(connections: 1, depth: 16),
    Way(connections: 8, depth: 1),
  ]

  static func run() async throws {
    guard SlapdServer.isInstalled else { return print("directory: not measured, slapd is not installed") }
    let slapd = try await SlapdServer(
      suffix: EmbeddedDirectory.suffix,
      manager: EmbeddedDirectory.managerDN,
      password: EmbeddedDirectory.managerPassword,
      settings: slapdSettings
    )
    let embedded = try ServerProcess(command)
    let answers = try ServerProcess(AnsweringMachine.command)
    for port in [embedded.port, slapd.port] { try await People.load(port: port) }
    let ours = Side(name: "DirectoryServer", port: embedded.port, processID: embedded.processID)
    let theirs = Side(name: "slapd", port: slapd.port, processID: slapd.processID)
    let floor = Side(name: "answers made before", port: answers.port, processID: answers.processID)
    print("directory of \(People.count) people, {SSHA} passwords, loopback")
    let (searches, binds) = (Requests.searches(), Requests.binds())
    for way in ways { try await compare(searches, way, promise: 1.5, [ours, theirs, floor]) }
    for way in ways where way.depth == 1 { try await compare(binds, way, promise: 1.0, [ours, theirs]) }
    print("memory after that: DirectoryServer \(ProcessUsage.memory(embedded.processID) ?? "unknown")")
    print("memory after that: slapd \(ProcessUsage.memory(slapd.processID) ?? "unknown")")
  }

  static let command = "serve-directory"

  /// What runs in the process of the embedded directory.
  static func serve() async throws {
    try await EmbeddedDirectory.with { await ServerProcess.serve(on: $0.port) }
  }

  private struct Side {
    let name: String
    let port: Int
    let processID: Int32
  }

  private struct Way {
    let connections: Int
    let depth: Int
    /// The processors are kept from sleeping between the requests.
    var isAwake = false

    var words: String {
      let many = "\(connections) connection\(connections == 1 ? "" : "s")"
      return many + (depth == 1 ? "" : " with \(depth) requests under way") + (isAwake ? ", processors kept awake" : "")
    }
  }

  /// - Parameter sides: ours, theirs, and the floor where there is one.
  private static func compare(_ requests: Requests, _ way: Way, promise: Double, _ sides: [Side]) async throws {
    let lines = try sides.map { side in try (0..<way.connections).map { _ in try bound(to: side) } }
    defer { for line in lines.joined() { line.hangUp() } }
    let contenders = zip(sides, lines).map { side, lines in
      Contender(
        side.name,
        processID: side.processID,
        batch: way.depth,
        blocking: { worker, number in
          // A stride without a common factor visits everybody, and neighbours never one after the other.
          let first = (number * 7_919 + worker * 1_237) % People.count
          try requests.ask(lines[worker], people: (0..<way.depth).map { (first + $0 * 31) % People.count })
        }
      )
    }
    let title = "\(requests.name), \(way.words)"
    let comparison = Comparison(title: title, workers: way.connections, promise: promise, duration: .seconds(2))
    func run() async throws {
      try await comparison.run(contenders[0], against: contenders[1], above: contenders.dropFirst(2).first)
    }
    if way.isAwake { try await KeptAwake.during(run) } else { try await run() }
  }

  private static func bound(to side: Side) throws -> LDAPCaller {
    let caller = try LDAPCaller(port: side.port)
    _ = try caller.ask(Requests.bind(0, id: 1), count: 1)
    return caller
  }
}

/// What is asked about each person, encoded before.
private struct Requests: Sendable {
  let name: String
  /// With the id 1, in the fifth octet: each is shorter than 128 octets.
  private let encoded: [[UInt8]]
  /// What has to be in the answer.
  private let wanted: [[UInt8]]

  private static let idIndex = 4

  static func searches() -> Requests {
    Requests(name: "search by uid", encoded: (0..<People.count).map(search), wanted: (0..<People.count).map(entry))
  }

  static func binds() -> Requests {
    Requests(name: "simple bind", encoded: (0..<People.count).map { bind($0, id: 1) }, wanted: [])
  }

  static func bind(_ person: Int, id: UInt8) -> [UInt8] {
    let password = Array(People.password(person).utf8)
    let request = LDAPBindRequest(dn: People.dn(person), authentication: .simple(password: password))
    return LDAPBytes.encoded(.bindRequest(request), id: id)
  }

  private static func search(_ person: Int) -> [UInt8] {
    let request = LDAPSearchRequest(
      base: EmbeddedDirectory.suffix,
      scope: .subtree,
      filter: .equality(attribute: "uid", value: Array(People.uid(person).utf8)),
      attributes: People.searched
    )
    return LDAPBytes.encoded(.searchRequest(request), id: 1)
  }

  /// The entry's operation; slapd answers with its attributes in the same order.
  private static func entry(_ person: Int) -> [UInt8] {
    let message = LDAPBytes.encoded(.searchResultEntry(People.found(person)), id: 1)
    return LDAPBytes.message(in: message, at: 0).map { Array(message[$0.tag...]) } ?? []
  }

  /// Asks about several people at once, and looks whether the answers speak of them.
  func ask(_ caller: LDAPCaller, people: [Int]) throws {
    var requests: [UInt8] = []
    for (index, person) in people.enumerated() {
      let start = requests.count
      requests += encoded[person]
      requests[start + Self.idIndex] = UInt8(index + 1)
    }
    let answers = try caller.ask(requests, count: people.count)
    if !wanted.isEmpty { try check(answers, people) }
  }

  /// Each request, known by its id, has the entry that it asked for.
  private func check(_ answers: [UInt8], _ people: [Int]) throws {
    var (next, missing) = (0, people.count)
    while let message = LDAPBytes.message(in: answers, at: next) {
      let person = people[Int(answers[message.tag - 1]) - 1]
      if !message.isLast, answers[message.tag..<message.end] == wanted[person][...] { missing -= 1 }
      next = message.end
    }
    try WrongAnswer.unless(missing == 0, "no answer about \(missing) of \(people.count) people")
  }
}
