extension Schema {
  /// An item of `Cluster.spec.reports`.
  static let clusterReport = ObjectSchema(
    [
      .init("name", .text(.dnsLabel), "What it is called; part of the names of its files.", required: true),
      .init(
        "every",
        .quantity(.duration, 1_000...2_592_000_000),
        "How often, counted from midnight of 1 January 1970 in UTC: `24h` is each midnight.",
        example: "24h"
      ),
      .init("at", .text(.timeOfDay), "Each day at this time, in UTC.", example: "\"07:00\""),
      .init("format", .enumeration(reportFormats), "How it is written.", default: "markdown"),
      .init(
        "onlyWhenDrift",
        .boolean,
        "Nothing is sent when nothing differs, and nothing went away since the last time.",
        default: false
      ),
      .init("to", .object(reportPlaces), "Where it goes.", required: true),
    ],
    exactlyOneOf: ["every", "at"]
  )

  private static let reportFormats: [FieldType.Choice] = [
    .init("table", "text of 80 columns"), .init("markdown", "a table in Markdown"),
    .init("html", "a page for phone, screen and paper"), .init("json", "for programs"),
    .init("junit", "for build servers"), .init("sarif", "for code review tools"),
    .init("prometheus", "for monitoring"),
  ]

  private static let reportPlaces = ObjectSchema(
    [
      .init("bucket", .object(reportBucket), "An object in a bucket of the embedded storage, for each time."),
      .init("webhook", .object(reportWebhook), "A POST to a URL."),
      .init("folder", .object(reportFolder), "Files below `reports/NAME` in the daemon's data folder."),
    ],
    exactlyOneOf: ["bucket", "webhook", "folder"]
  )

  private static let reportBucket = ObjectSchema([
    .init("name", .reference(.bucket), "The bucket.", required: true),
    .init("prefix", .text(.any), "What the objects' names begin with.", default: "", example: "drift/"),
  ])

  private static let reportWebhook = ObjectSchema(
    [
      .init(
        "url",
        .text(.url),
        "Where to, over https:// or http://.",
        example: "https://chat.plant.example/hooks/drift"
      ),
      .init("urlSecret", .reference(.secret), "The Secret that holds the URL, where the URL itself is a secret."),
      .init("header", .text(.headerName), "The header that the secret goes into.", default: "Authorization"),
      .init("secret", .reference(.secret), "The Secret that holds the header's whole value, such as `Bearer …`."),
      .init(
        "timeout",
        .quantity(.duration, 1_000...300_000),
        "How long one try may take.",
        default: .integer(30_000),
        example: "30s"
      ),
    ],
    exactlyOneOf: ["url", "urlSecret"]
  )

  private static let reportFolder = ObjectSchema([
    .init("keep", .integer(1...10_000), "How many files are kept; the oldest go.", default: 30)
  ])
}
