import DirectoryTestSupport
import LDAPClient
import LDAPProtocol
import NIOPosix

/// The embedded directory against slapd with its default database: the same people, the same client, loopback TCP.
enum DirectoryBenchmark {
  /// More than slapd's 10 MiB are needed for the people; `uid` is what is searched by.
  private static let slapdSettings = ["maxsize 1073741824", "index objectClass,uid eq"]

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
    print("directory of \(People.count) people, {SSHA} passwords, loopback, requests one by one on each connection")
    for connections in [1, 8] {
      let ours = Side(name: "DirectoryServer", port: embedded.port, processID: embedded.processID)
      let theirs = Side(name: "slapd", port: slapd.port, processID: slapd.processID)
      let floor = Side(name: "answers made before", port: answers.port, processID: answers.processID)
      try await compare("search by uid", connections, promise: 1.5, ours, theirs, above: floor, search)
      try await compare("simple bind", connections, promise: 1.0, ours, theirs, bind)
    }
    print("memory after that: DirectoryServer \(ProcessUsage.memory(embedded.processID) ?? "unknown")")
    print("memory after that: slapd \(ProcessUsage.memory(slapd.processID) ?? "unknown")")
  }

  static let command = "serve-directory"

  /// What runs in the process of the embedded directory.
  static func serve() async throws {
    try await EmbeddedDirectory.with { await ServerProcess.serve(on: $0.port) }
  }

  private static let generator = LoopExecutor(MultiThreadedEventLoopGroup(numberOfThreads: 1).next())

  private struct Side {
    let name: String
    let port: Int
    let processID: Int32
  }

  private typealias Request = @Sendable (LDAPClient, _ person: Int) async throws -> Void

  private static func compare(
    _ title: String,
    _ connections: Int,
    promise: Double,
    _ ours: Side,
    _ theirs: Side,
    above floor: Side? = nil,
    _ request: @escaping Request
  ) async throws {
    let title = "\(title), \(connections) connection\(connections == 1 ? "" : "s")"
    let comparison = Comparison(title: title, workers: connections, promise: promise, duration: .seconds(2))
    try await withClients(ours, connections, request) { ours in
      try await withClients(theirs, connections, request) { theirs in
        guard let floor else { return try await comparison.run(ours, against: theirs) }
        try await withClients(floor, connections, request) {
          try await comparison.run(ours, against: theirs, above: $0)
        }
      }
    }
  }

  /// Lends a contender with a connection for each worker, all bound as the same person.
  private static func withClients(
    _ side: Side,
    _ count: Int,
    _ request: @escaping Request,
    _ body: (Contender) async throws -> Void
  ) async throws {
    var clients: [LDAPClient] = []
    for _ in 0..<count {
      let client = try await LDAPClient.connect(host: "127.0.0.1", port: side.port, group: generator.loop)
      try await client.bind(dn: People.dn(0), password: People.password(0))
      clients.append(client)
    }
    let contender = Contender(side.name, processID: side.processID, executor: generator) { [clients] worker, number in
      // A stride without a common factor visits everybody, and neighbours never one after the other.
      try await request(clients[worker], (number * 7_919 + worker * 1_237) % People.count)
    }
    try await body(contender)
    for client in clients { await client.close() }
  }

  private static func bind(_ client: LDAPClient, _ person: Int) async throws {
    try await client.bind(dn: People.dn(person), password: People.password(person))
  }

  private static func search(_ client: LDAPClient, _ person: Int) async throws {
    let request = LDAPSearchRequest(
      base: EmbeddedDirectory.suffix,
      scope: .subtree,
      filter: .equality(attribute: "uid", value: Array(People.uid(person).utf8)),
      attributes: People.searched
    )
    let entries = try await client.search(request)
    try WrongAnswer.unless(
      entries.map(\.dn) == [People.dn(person)] && entries[0].attributes.count == People.searched.count,
      "\(entries.count) entries instead of person \(person)"
    )
  }
}
