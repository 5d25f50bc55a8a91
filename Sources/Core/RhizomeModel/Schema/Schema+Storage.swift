extension Schema {
  package static let bucket = KindSchema(
    .bucket,
    "An S3 bucket, and the web site in it where there is one.",
    ObjectSchema([
      .init(
        "aliases",
        .set(.text(.bucketName)),
        "Its names; its own when nothing is written.",
        example: "www.plant.example"
      ),
      .init(
        "website",
        .object(
          ObjectSchema([
            .init("index", .text(.relativePath), "The page of a folder.", default: "index.html"),
            .init("error", .text(.relativePath), "The page for what is missing.", noneUnlessWritten: true),
          ])
        ),
        "Serve it as a web site, under each of its aliases.",
        noneUnlessWritten: true
      ),
      .init(
        "quotas",
        .object(
          ObjectSchema([
            .init(
              "size",
              .quantity(.byteSize, anySize),
              "All objects together.",
              example: "10GiB",
              noneUnlessWritten: true
            ),
            .init("objects", .integer(anySize), "How many objects.", noneUnlessWritten: true),
          ])
        ),
        "What it may grow to.",
        noneUnlessWritten: true
      ),
      .init(
        "access",
        .keyed(
          by: "key",
          ObjectSchema([
            .init("key", .reference(.accessKey), "The access key.", required: true),
            .init(
              "permissions",
              .set(
                .enumeration([
                  .init("read", "list and get"), .init("write", "put and delete"),
                  .init("owner", "change the bucket itself"),
                ])
              ),
              "What it may do.",
              required: true
            ),
          ])
        ),
        "Who may use it.",
        ownership: .planning,
        becomes: .grant
      ),
      .init(
        "cors",
        .list(
          .object(
            ObjectSchema([
              .init("origins", .set(.text(.any)), "Allowed origins.", required: true, example: "https://plant.example"),
              .init(
                "methods",
                .set(.enumeration(["GET", "PUT", "POST", "DELETE", "HEAD"].map { .init($0, "HTTP \($0)") })),
                "Allowed methods.",
                required: true
              ),
              .init("headers", .set(.text(.any)), "Allowed request headers."),
              .init("exposeHeaders", .set(.text(.any)), "Response headers that scripts may read."),
              .init("maxAge", .quantity(.duration, anySize), "How long browsers remember this.", example: "1h"),
            ])
          )
        ),
        "Cross-origin rules, first match wins; not with the embedded engine.",
        noneUnlessWritten: true
      ),
      .init(
        "lifecycle",
        .list(
          .object(
            ObjectSchema([
              .init("prefix", .text(.any), "Objects whose key begins so.", default: ""),
              .init(
                "expireAfter",
                .quantity(.duration, 86_400_000...Int64.max),
                "Delete objects of this age.",
                example: "30d"
              ),
              .init(
                "abortUploadsAfter",
                .quantity(.duration, 86_400_000...Int64.max),
                "Give up uploads that were not completed.",
                example: "7d"
              ),
            ])
          )
        ),
        "What happens to objects with time; not with the embedded engine.",
        noneUnlessWritten: true
      ),
      .init(
        "deletionPolicy",
        .enumeration([
          .init("retain", "the bucket stays when it is no longer declared"),
          .init("delete", "the bucket is deleted when it is no longer declared and empty"),
        ]),
        "What happens when the declaration goes away.",
        default: "retain",
        ownership: .planning
      ),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Bucket
      metadata: {name: site}
      spec:
        aliases: [site, www.plant.example]
        website: {index: index.html, error: 404.html}
        quotas: {size: 10GiB}
        access:
          - {key: publisher, permissions: [read, write]}
      """
  )

  package static let accessKey = KindSchema(
    .accessKey,
    "An S3 access key. Its id and secret are generated, unless they are imported.",
    ObjectSchema([
      .init("displayName", .text(.any), "A name for people.", noneUnlessWritten: true),
      .init(
        "expiry",
        .text(.timestamp),
        "When it stops working.",
        example: "2027-01-31",
        noneUnlessWritten: true
      ),
      .init("createBucket", .boolean, "It may create buckets through S3.", default: false),
      .init(
        "imported",
        .object(
          ObjectSchema([
            .init("id", .text(.accessKeyID), "The key id.", required: true, example: "GK31c2f218a2e44f485b94239e"),
            .init(
              "secret",
              .reference(.secret),
              "The Secret that holds the secret key; the one that the engine has stays when nothing is written."
            ),
          ])
        ),
        "An existing key."
      ),
      .init(
        "generation",
        .integer(1...1_000_000),
        "Count up to get a new id and secret.",
        default: 1,
        ownership: .planning
      ),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: AccessKey
      metadata: {name: publisher}
      spec: {displayName: Publishes the web site}
      """
  )

  /// The fields of a `Grant`, derived from `Bucket.spec.access`.
  static let grant = ObjectSchema([
    .init("bucket", .reference(.bucket), "The bucket.", required: true),
    .init("accessKey", .reference(.accessKey), "The access key.", required: true),
    .init("read", .boolean, "May list and get.", default: false),
    .init("write", .boolean, "May put and delete.", default: false),
    .init("owner", .boolean, "May change the bucket itself.", default: false),
  ])
}
