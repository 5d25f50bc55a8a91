/// The host firewall: what people write in a Node, and the derived kind that follows from it.
extension Schema {
  /// Who may come in through an opening.
  static let audiences: [FieldType.Choice] = [
    .init("lan", "the home's own network"), .init("nodes", "the other declared machines"), .init("all", "everybody"),
  ]

  private static let protocols: [FieldType.Choice] = [.init("tcp", "TCP"), .init("udp", "UDP")]

  static let nodeFirewall = ObjectSchema([
    .init(
      "mode",
      .enumeration([
        .init("none", "Rhizome leaves it alone"), .init("managed", "only what is declared comes in"),
      ]),
      "Whether Rhizome looks after it.",
      default: "none"
    ),
    .init("allow", .keyed(by: "name", allowance), "What comes in beside the ports of services, such as SSH."),
    .init(
      "confirm",
      .quantity(.duration, 10_000...3_600_000),
      "How long the first firewall of a machine stands unconfirmed before it is taken away again.",
      default: .integer(120_000),
      example: "2m"
    ),
  ])

  private static let allowance = ObjectSchema([
    .init("name", .text(.dnsLabel), "A word for it.", required: true, example: "ssh"),
    .init("port", .integer(ports), "The port, or the first of a range.", required: true),
    .init("to", .integer(ports), "The last port of a range."),
    .init("protocol", .enumeration(protocols), "Transport.", default: "tcp"),
    .init("from", .enumeration(audiences), "Who comes in.", default: "lan"),
  ])

  /// The fields of a `Firewall`, derived from `Node.spec.firewall` and the ports of services.
  static let firewall = ObjectSchema([
    .init(
      "policy",
      .enumeration([.init("drop", "turned away"), .init("accept", "let in")]),
      "What happens to everything else.",
      required: true
    ),
    .init("openings", .keyed(by: "name", opening), "What comes in."),
    .init("nodes", .set(.text(.host)), "The addresses of the other machines."),
    .init("basics", .set(.text(.dnsLabel)), "What a machine on a network cannot do without."),
    .init("extra", .set(.text(.any)), "Rules in our table that nobody declared.", default: .list([])),
    .init("confirm", .quantity(.duration, 0...3_600_000), "How long it may stand unconfirmed.", ownership: .planning),
    .init("force", .boolean, "Change it even when that shuts somebody out.", ownership: .planning),
  ])

  private static let opening = ObjectSchema([
    .init("name", .text(.dnsLabel), "A word for it.", required: true),
    .init("protocol", .enumeration(protocols), "Transport.", required: true),
    .init("port", .integer(ports), "The port, or the first of a range.", required: true),
    .init("to", .integer(ports), "The last port of a range.", noneUnlessWritten: true),
    .init("from", .enumeration(audiences), "Who comes in.", required: true),
  ])
}
