extension Schema {
  package static let service = KindSchema(
    .service,
    "A program that runs on one or more nodes, and the ports it answers on.",
    ObjectSchema([
      .init("run", .object(run), "What to run.", required: true),
      .init("replicas", .integer(0...1_000), "How many instances.", default: 1),
      .init("placement", .object(placement), "Where instances may run."),
      .init("ports", .keyed(by: "name", port), "The ports it listens on."),
      .init(
        "environment",
        .map(.text(.template)),
        "Environment variables; references are resolved.",
        keys: .variableName
      ),
      .init(
        "files",
        .keyed(
          by: "path",
          ObjectSchema([
            .init(
              "path",
              .text(.relativePath),
              "Where it is written, inside the service's own folder.",
              required: true
            ),
            .init("content", .text(.template), "What it holds; references are resolved.", required: true),
            .init("mode", .text(.fileMode), "Its permissions.", default: "0600"),
          ])
        ),
        "Files that it finds in its folder."
      ),
      .init("health", .object(health), "How to see that it is well."),
      .init(
        "update",
        .object(
          ObjectSchema([
            .init(
              "strategy",
              .enumeration([
                .init("rolling", "one instance after the other"), .init("recreate", "all at once"),
              ]),
              "How a change is rolled out.",
              default: "rolling"
            )
          ])
        ),
        "How changes are made."
      ),
      .init(
        "stopGrace",
        .quantity(.duration, 0...3_600_000),
        "How long it may take to stop.",
        default: .integer(10_000),
        example: "10s"
      ),
      .init(
        "onPartition",
        .enumeration([
          .init("keep", "it goes on"), .init("stop", "it stops when the lease ends"),
        ]),
        "What a node does that has lost the others.",
        default: "keep"
      ),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Service
      metadata: {name: guestbook}
      spec:
        run: {process: {command: [/usr/bin/python3, app.py]}}
        ports:
          - {name: http, port: 8080, public: {port: 80}}
        environment:
          S3_ENDPOINT: ${bucket.media.endpoint}
          S3_SECRET: ${accessKey.guestbook.secret}
      """
  )

  private static let run = ObjectSchema(
    [
      .init(
        "process",
        .object(
          ObjectSchema([
            .init(
              "command",
              .list(.text(.template)),
              "The program and its arguments; secrets do not belong here.",
              required: true
            ),
            .init("workingDirectory", .text(.path), "Where it runs; the service's own folder when nothing is written."),
          ])
        ),
        "A child process of Rhizome."
      ),
      .init(
        "systemd",
        .object(
          ObjectSchema([
            .init("command", .list(.text(.template)), "The program and its arguments.", required: true),
            .init("user", .text(.dnsLabel), "The system user it runs as."),
          ])
        ),
        "A transient unit of systemd."
      ),
      .init(
        "podman",
        .object(
          ObjectSchema([
            .init("image", .text(.any), "The image, with its tag or digest.", required: true),
            .init("command", .list(.text(.template)), "Arguments to the image's program."),
            .init(
              "volumes",
              .map(.text(.path)),
              "Folders of the service, and where the container sees them.",
              keys: .relativePath
            ),
          ])
        ),
        "A container."
      ),
      .init(
        "builtin",
        .enumeration([
          .init("s3", "the S3 API"), .init("web", "the web sites in buckets"), .init("ldap", "the directory"),
          .init("probe", "looks at the public ports of other homes when their nodes ask"),
        ]),
        "An engine that is part of this program."
      ),
      .init(
        "external",
        .object(ObjectSchema([])),
        "Somebody else runs it: Rhizome looks after its ports only. Say with `placement` which machine it is on."
      ),
    ],
    exactlyOneOf: ["process", "systemd", "podman", "builtin", "external"]
  )

  private static let placement = ObjectSchema([
    .init("zones", .set(.reference(.zone)), "Only in these homes."),
    .init("nodes", .set(.reference(.node)), "Only on these machines."),
    .init("labels", .map(.text(.any)), "Only on machines with these labels."),
    .init("needs", .object(needs), "What an instance uses."),
  ])

  private static let port = ObjectSchema([
    .init("name", .text(.dnsLabel), "A word for it.", required: true),
    .init("port", .integer(ports), "The port it listens on.", required: true),
    .init("protocol", .enumeration([.init("tcp", "TCP"), .init("udp", "UDP")]), "Transport.", default: "tcp"),
    .init(
      "public",
      .object(
        ObjectSchema([
          .init("port", .integer(ports), "The port on the home's public address.", required: true)
        ])
      ),
      "Reachable from the internet.",
      ownership: .planning,  // No reason to restart.
      becomes: .portMapping
    ),
    .init(
      "open",
      .enumeration(audiences + [.init("none", "nobody: only the machine itself")]),
      "Whom a managed firewall lets in; `all` for a public port and `nodes` for others when nothing is written.",
      ownership: .planning,  // No reason to restart.
      becomes: .firewall
    ),
  ])

  private static let health = ObjectSchema(
    [
      .init(
        "http",
        .object(
          ObjectSchema([
            .init("port", .text(.dnsLabel), "The name of a port.", required: true),
            .init("path", .text(.path), "The path to ask for.", default: "/"),
          ])
        ),
        "Answers with a status below 400."
      ),
      .init(
        "tcp",
        .object(
          ObjectSchema([
            .init("port", .text(.dnsLabel), "The name of a port.", required: true)
          ])
        ),
        "Accepts a connection."
      ),
      .init(
        "interval",
        .quantity(.duration, 1_000...86_400_000),
        "How often.",
        default: .integer(10_000),
        example: "10s"
      ),
      .init(
        "timeout",
        .quantity(.duration, 100...600_000),
        "How long an answer may take.",
        default: .integer(5_000),
        example: "5s"
      ),
      .init("failures", .integer(1...1_000), "How many failures in a row make it unwell.", default: 3),
    ],
    exactlyOneOf: ["http", "tcp"]
  )

  /// The fields of a `PortMapping`, derived from `Service.spec.ports`.
  static let portMapping = ObjectSchema([
    .init("zone", .reference(.zone), "The home.", required: true),
    .init("protocol", .enumeration([.init("tcp", "TCP"), .init("udp", "UDP")]), "Transport.", required: true),
    .init("externalPort", .integer(ports), "The port on the public address.", required: true),
    .init("internalAddress", .text(.host), "The machine it leads to.", required: true),
    .init("internalPort", .integer(ports), "The port on that machine.", required: true),
    .init("service", .reference(.service), "The service it is for.", required: true, ownership: .planning),
    .init(
      "lease",
      .quantity(.duration, 2_000...604_800_000),
      "How long the router keeps it.",
      ownership: .planning
    ),
  ])
}
