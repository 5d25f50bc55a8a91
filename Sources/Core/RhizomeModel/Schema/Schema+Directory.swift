extension Schema {
  package static let user = KindSchema(
    .user,
    "A person with an account that every service accepts.",
    ObjectSchema([
      .init("displayName", .text(.any), "The name that others see; the account's when nothing is written."),
      .init("givenName", .text(.any), "First name."),
      .init("surname", .text(.any), "Family name; the display name when nothing is written."),
      .init("mail", .set(.text(.mail)), "Mail addresses."),
      .init(
        "password",
        .object(
          ObjectSchema(
            [
              .init("hash", .text(.passwordHash), "A hash, such as `slappasswd -h {SSHA}` prints."),
              .init("sealed", .text(.sealed), "An encrypted password."),
              .init("secret", .reference(.secret), "The Secret that holds it."),
            ],
            exactlyOneOf: ["hash", "sealed", "secret"]
          )
        ),
        "The first password; the person sets it when nothing is written. A later change by its owner is theirs, until this is changed.",
        ownership: .person
      ),
      .init("sshKeys", .set(.text(.sshPublicKey)), "Public keys for SSH."),
      .init(
        "attributes",
        .map(.set(.text(.any))),
        "Further LDAP attributes: none that holds a secret, or that Rhizome or the directory keeps.",
        example: "{employeeNumber: [\"7\"]}",
        keys: .attributeName
      ),
      .init("accessKey", .reference(.accessKey), "The person's own S3 key."),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: User
      metadata: {name: alice}
      spec:
        displayName: Alice Rivière
        mail: [alice@plant.example]
        password: {secret: alice-first-password}
      """
  )

  package static let group = KindSchema(
    .group,
    "People who belong together.",
    ObjectSchema([
      .init("description", .text(.any), "What the group is for."),
      .init("members", .set(.reference(.user)), "Who is in it.", required: true),
    ]),
    example: """
      apiVersion: rhizome/v1
      kind: Group
      metadata: {name: admins}
      spec: {description: They look after the machines, members: [alice]}
      """
  )

  package static let secret = KindSchema(
    .secret,
    "A value that people must not see: generated, or sealed.",
    ObjectSchema(
      [
        .init(
          "generated",
          .object(
            ObjectSchema([
              .init("length", .integer(8...256), "How many characters.", default: 32),
              .init(
                "alphabet",
                .enumeration([
                  .init("alphanumeric", "letters and digits"), .init("hex", "hexadecimal digits"),
                ]),
                "Which characters.",
                default: "alphanumeric"
              ),
              .init("generation", .integer(1...1_000_000), "Count up to get a new value.", default: 1),
            ])
          ),
          "Rhizome makes it, and keeps it."
        ),
        .init("sealed", .text(.sealed), "An encrypted value."),
      ],
      exactlyOneOf: ["generated", "sealed"]
    ),
    example: """
      apiVersion: rhizome/v1
      kind: Secret
      metadata: {name: alice-first-password}
      spec: {generated: {length: 20}}
      """
  )
}
