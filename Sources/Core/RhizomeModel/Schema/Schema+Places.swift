extension Schema {
  package static let cluster = KindSchema(
    .cluster,
    "The whole rhizome: exactly one in a folder.",
    ObjectSchema([
      .init(
        "domain",
        .text(.domain),
        "The domain that everything lives under.",
        required: true,
        example: "plant.example"
      ),
      .init("storage", .object(clusterStorage), "The engine that keeps buckets.", default: [:]),
      .init("directory", .object(clusterDirectory), "The engine that keeps users and groups.", default: [:]),
      .init("git", .object(clusterGit), "The repository that is followed: each commit becomes a revision."),
      .init(
        "reports",
        .keyed(by: "name", clusterReport),
        "Drift reports that are made and sent at their time, told apart by `name`."
      ),
      .init("policy", .object(clusterPolicy), "How careful to be.", default: [:]),
      .init("reachability", .object(clusterReachability), "How public ports are looked at from outside.", default: [:]),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Cluster
      metadata: {name: plant}
      spec:
        domain: plant.example
        policy: {prune: true, deletions: {max: 10}}
      """
  )

  private static let clusterStorage = ObjectSchema([
    .init(
      "engine",
      .enumeration([.init("embedded", "one machine, in this program"), .init("garage", "a Garage cluster")]),
      "Which engine.",
      default: "embedded"
    ),
    .init("region", .text(.dnsLabel), "The S3 region name that clients are told.", default: "garage"),
    .init("replication", .integer(1...7), "Copies of each object.", default: 1),
    .init(
      "zoneRedundancy",
      .text(.copyCount),
      "In how many zones copies must lie: a number in quotes, or `maximum`.",
      default: "maximum"
    ),
    .init("endpoint", .text(.url), "The URL under which services reach the S3 API, when it is not this machine's."),
  ])

  private static let clusterDirectory = ObjectSchema([
    .init(
      "engine",
      .enumeration([.init("embedded", "in this program"), .init("ldap", "an LDAP server elsewhere")]),
      "Which engine.",
      default: "embedded"
    ),
    .init(
      "baseDN",
      .text(.distinguishedName),
      "The suffix; made from the domain when nothing is written.",
      example: "dc=plant,dc=example"
    ),
    .init("url", .text(.url), "The server, for the engine `ldap`.", example: "ldap://ldap.plant.example:389"),
    .init("bindDN", .text(.distinguishedName), "Who Rhizome logs in as, for the engine `ldap`."),
    .init("bindPassword", .reference(.secret), "The Secret that holds its password."),
    .init(
      "accessRules",
      .list(.text(.accessRule)),
      "Access rules in Bottin's form. Not in force yet: the embedded directory keeps its own rules, another server its own.",
      example: "*,ou=users,dc=plant,dc=example::read:*:* !userpassword"
    ),
  ])

  private static let clusterReachability = ObjectSchema([
    .init(
      "stun",
      .set(.text(.hostPort)),
      "Servers that tell homes their public address (STUN); two of them, so that a wrong one is noticed.",
      example: "[stun.one.example, \"stun.two.example:3478\"]"
    ),
    .init(
      "interval",
      .quantity(.duration, 30_000...86_400_000),
      "How often to look when nothing has changed.",
      default: .integer(600_000),
      example: "10m"
    ),
  ])

  private static let clusterPolicy = ObjectSchema([
    .init("prune", .boolean, "Delete what is no longer declared, without being asked each time.", default: false),
    .init("deletions", .object(clusterDeletions), "How many deletions pass without being approved.", default: [:]),
    .init("drift", .enumeration(driftChoices), "What to do when somebody else changes a resource.", default: "heal"),
    .init(
      "driftRules",
      .list(.object(clusterDriftRule)),
      "The same for a kind, or for a field of a kind; see [Drift](#drift).",
      example: "[{kind: Bucket, field: quotas.size, drift: report}]"
    ),
    .init(
      "resync",
      .quantity(.duration, 1_000...86_400_000),
      "How often everything is looked at.",
      default: .integer(60_000),
      example: "1m"
    ),
  ])

  private static let clusterDriftRule = ObjectSchema([
    .init("kind", .enumeration(driftingKinds), "Resources of which kind.", required: true),
    .init("field", .text(.any), "The field; the whole kind when nothing is written.", example: "quotas.size"),
    .init("drift", .enumeration(driftChoices), "What to do.", required: true),
  ])

  /// Kinds that an engine holds; the others cannot drift.
  private static let driftingKinds: [FieldType.Choice] = [
    .init("AccessKey", "S3 keys"), .init("Bucket", "buckets"), .init("Grant", "rights of a key on a bucket"),
    .init("User", "people"), .init("Group", "groups"), .init("Service", "services"),
    .init("PortMapping", "ports on a home's router"), .init("Firewall", "what a machine lets in"),
  ]

  private static let clusterDeletions = ObjectSchema([
    .init("max", .integer(0...1_000_000), "At most this many in one plan.", default: 5),
    .init("percent", .integer(0...100), "At most this share of all resources in one plan.", default: 25),
  ])

  package static let zone = KindSchema(
    .zone,
    "A home: one router, one public address, one uplink.",
    ObjectSchema([
      .init("gateway", .object(zoneGateway), "The home's router.", default: [:]),
      .init(
        "uplink",
        .object(
          ObjectSchema([
            .init("up", .quantity(.bandwidth, anySize), "Towards the internet.", example: "20Mbit/s"),
            .init("down", .quantity(.bandwidth, anySize), "From the internet.", example: "100Mbit/s"),
          ])
        ),
        "How fast the home's line is."
      ),
      .init("quietHours", .set(.text(.timeRange)), "When heavy work must wait.", example: "22:00-06:00"),
      .init("risks", .map(.text(.any)), "What this home shares with others, such as its provider or power feed."),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Zone
      metadata: {name: home}
      spec:
        gateway: {mode: upnp, lease: 1h}
        uplink: {up: 20Mbit/s, down: 100Mbit/s}
      """
  )

  private static let zoneGateway = ObjectSchema([
    .init(
      "mode",
      .enumeration([
        .init("upnp", "ports are opened through UPnP"), .init("static", "a person has forwarded the ports"),
        .init("none", "nothing is reachable from outside"),
      ]),
      "How public ports are opened.",
      default: "none"
    ),
    .init(
      "lease",
      .quantity(.duration, 2_000...604_800_000),
      "How long the router keeps a mapping.",
      default: .integer(3_600_000),
      example: "1h"
    ),
    .init(
      "portRange",
      .object(
        ObjectSchema([
          .init("from", .integer(ports), "First port.", required: true),
          .init("to", .integer(ports), "Last port.", required: true),
        ])
      ),
      "The ports that this home has, where a public address is shared."
    ),
    .init(
      "descriptionURL",
      .text(.routerURL),
      "The router's description, when it does not answer to discovery.",
      example: "http://192.168.1.1:5000/rootDesc.xml"
    ),
    .init("publicAddress", .text(.host), "The public address, when it is known and fixed."),
    .init(
      "methods",
      .list(
        .enumeration([
          .init("upnp", "UPnP Internet Gateway Device"), .init("pcp", "Port Control Protocol"),
          .init("natpmp", "NAT Port Mapping Protocol"),
        ])
      ),
      "The ways to ask the router in mode `upnp`, in the order in which they are tried.",
      default: ["upnp", "pcp", "natpmp"]
    ),
    .init("ipv6", .boolean, "Open public ports in the router's IPv6 firewall, too, where it has one.", default: true),
  ])

  package static let node = KindSchema(
    .node,
    "A machine.",
    ObjectSchema([
      .init("zone", .reference(.zone), "The home it stands in.", required: true),
      .init("address", .text(.host), "Under which address the others reach it.", default: "127.0.0.1"),
      .init(
        "key",
        .text(.nodeKey),
        "Its public key, by which nodes of other homes know it; `rhizome node-key` on the machine prints it.",
        example: "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
      ),
      .init(
        "storage",
        .object(
          ObjectSchema(
            [
              .init("capacity", .quantity(.byteSize, 1_024...Int64.max), "How much it stores.", example: "400GB"),
              .init("gateway", .boolean, "It stores nothing, and passes requests on."),
            ],
            exactlyOneOf: ["capacity", "gateway"]
          )
        ),
        "Its part in storage."
      ),
      .init(
        "maintenance",
        .object(
          ObjectSchema([
            .init("drain", .boolean, "Move everything away from it.", default: false)
          ])
        ),
        "Work on the machine."
      ),
      .init("capacity", .object(needs), "What services may use, when it is not what the machine has."),
      .init("firewall", .object(nodeFirewall), "What the machine lets in."),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Node
      metadata: {name: laptop, labels: {disk: ssd}}
      spec: {zone: home, address: 192.168.1.20, storage: {capacity: 100GB}}
      """
  )

  static let needs = ObjectSchema([
    .init("memory", .quantity(.byteSize, anySize), "Main memory.", example: "512MiB"),
    .init("cpu", .integer(1...1_000_000), "Thousandths of a core."),
    .init("disk", .quantity(.byteSize, anySize), "Disk.", example: "10GB"),
    .init("arch", .enumeration([.init("x86_64", "Intel and AMD"), .init("aarch64", "ARM, 64 bits")]), "Processor."),
  ])
}
