extension Schema {
  /// `Cluster.spec.git`. A commit is checked by the settings of the revision before it.
  static let clusterGit = ObjectSchema([
    .init(
      "url",
      .text(.url),
      "The repository: https:// or ssh://; http:// and file:// for closed networks and tests.",
      required: true,
      example: "https://git.example/plant/infra.git"
    ),
    .init("branch", .text(.any), "The branch.", default: "main"),
    .init("path", .text(.relativePath), "The folder inside the repository; all of it when nothing is written."),
    .init(
      "interval",
      .quantity(.duration, 1_000...86_400_000),
      "How often to look.",
      default: .integer(60_000),
      example: "1m"
    ),
    .init(
      "timeout",
      .quantity(.duration, 1_000...3_600_000),
      "How long one fetch may take; more for a slow line.",
      default: .integer(300_000),
      example: "5m"
    ),
    .init("credentials", .reference(.secret), "The Secret with the token, or for ssh:// the private key."),
    .init("username", .text(.any), "The user name that goes with a token; most forges take any.", default: "rhizome"),
    .init(
      "knownHosts",
      .text(.any),
      "The forge's host keys for ssh://, as `ssh-keyscan` prints them.",
      example: "git.example ssh-ed25519 AAAAC3Nza…"
    ),
    .init("verify", .object(gitVerify), "Whose signatures count; without it, signatures are not looked at."),
    .init(
      "requireFastForward",
      .boolean,
      "Refuse a branch that was rewritten or set back, until somebody approves.",
      default: true
    ),
    .init("webhook", .object(gitWebhook), "Lets the forge tell of a push, so that nobody waits for the interval."),
    .init("status", .object(gitStatus), "Writes to the forge, beside each commit, what became of it."),
  ])

  private static let gitVerify = ObjectSchema([
    .init("required", .boolean, "Refuse commits without a good signature.", default: true),
    .init(
      "signers",
      .text(.any),
      "Who may sign with an SSH key: lines as in ssh-keygen(1), ALLOWED SIGNERS.",
      example: "alice@plant.example ssh-ed25519 AAAAC3Nza…"
    ),
    .init("revokedSigners", .text(.any), "Public SSH keys whose signatures count no more, one a line."),
    .init("openPGPKeys", .text(.any), "OpenPGP public keys, as `gpg --armor --export` prints them."),
  ])

  private static let gitStatus = ObjectSchema([
    .init(
      "forge",
      .enumeration([
        .init("forgejo", "Forgejo, such as Codeberg"), .init("gitea", "Gitea"), .init("github", "GitHub"),
        .init("gitlab", "GitLab"),
      ]),
      "What kind of forge it is.",
      required: true
    ),
    .init(
      "token",
      .reference(.secret),
      "The Secret with a token that may write commit statuses, and nothing more.",
      required: true
    ),
    .init(
      "url",
      .text(.url),
      "The forge's address, where it is not that of the repository.",
      example: "https://git.example"
    ),
    .init(
      "repository",
      .text(.relativePath),
      "Owner and name, where the repository's URL does not end in them.",
      example: "plant/infra"
    ),
    .init("context", .text(.any), "What the status is called, beside those of others.", default: "rhizome"),
  ])

  private static let gitWebhook = ObjectSchema([
    .init(
      "listen",
      .text(.any),
      "Address and port to listen on.",
      default: "127.0.0.1:3904",
      example: "0.0.0.0:3904"
    ),
    .init("secret", .reference(.secret), "The Secret that the forge signs with.", required: true),
  ])
}
