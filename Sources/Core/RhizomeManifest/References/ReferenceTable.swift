package import RhizomeModel

/// What can stand in `${…}`: one row for each, from which validation, resolution and the reference page come.
package struct ReferenceField: Sendable, Hashable {
  package enum Subject: String, Sendable, CaseIterable {
    case cluster, storage, directory, bucket, accessKey, secret, node, service
  }

  package let subject: Subject
  /// The last word; empty for `${secret.NAME}`.
  package let field: String
  package let summary: String
  /// The value must not be seen by others.
  package let isSecret: Bool

  package init(_ subject: Subject, _ field: String, _ summary: String, isSecret: Bool = false) {
    self.subject = subject
    self.field = field
    self.summary = summary
    self.isSecret = isSecret
  }

  /// How it is written, with `NAME` for the name of a resource.
  package var form: String {
    let words = [subject.rawValue] + (subject.kind == nil ? [] : ["NAME"]) + (field.isEmpty ? [] : [field])
    return "${\(words.joined(separator: "."))}"
  }
}

extension ReferenceField.Subject {
  /// The kind of the resource that is named after the subject; nil where there is only one, or where it is the one
  /// that the text belongs to.
  package var kind: Kind? {
    switch self {
    case .bucket: .bucket
    case .accessKey: .accessKey
    case .secret: .secret
    case .cluster, .storage, .directory, .node, .service: nil
    }
  }
}

/// The rows, and matching a written reference to one of them.
package enum ReferenceTable {
  package static let fields: [ReferenceField] = [
    .init(.cluster, "name", "The name of the Cluster."),
    .init(.cluster, "domain", "The domain of the Cluster."),
    .init(.storage, "endpoint", "The URL of the S3 API."),
    .init(.storage, "host", "The host in that URL."),
    .init(.storage, "port", "The port in that URL."),
    .init(.storage, "region", "The S3 region name."),
    .init(.directory, "url", "The URL of the LDAP server."),
    .init(.directory, "baseDN", "The suffix of the directory."),
    .init(.bucket, "name", "The name of the bucket on the S3 API: its first alias."),
    .init(.bucket, "endpoint", "The URL of the S3 API that has the bucket."),
    .init(.bucket, "url", "The URL of the bucket on the S3 API."),
    .init(.bucket, "website", "The URL of the web site in the bucket."),
    .init(.accessKey, "id", "The id of the access key."),
    .init(.accessKey, "secret", "The secret of the access key.", isSecret: true),
    .init(.secret, "", "The value of the Secret.", isSecret: true),
    .init(.node, "name", "The name of the machine that the instance runs on."),
    .init(.node, "address", "The address of the machine that the instance runs on."),
    .init(.node, "zone", "The home of the machine that the instance runs on."),
    .init(.service, "name", "The name of the service itself."),
    .init(.service, "folder", "The folder of the service on the machine, where its files are."),
  ]

  /// A reference that has a row.
  struct Match {
    let field: ReferenceField
    /// The resource that is named; nil where none is.
    let target: Address?
  }

  /// Why a reference has no row.
  struct Mismatch: Error {
    let message: String
    let suggestion: String?
  }

  static func match(_ reference: Reference) -> Result<Match, Mismatch> {
    guard let subject = ReferenceField.Subject(rawValue: reference.subject) else { return .failure(unknown(reference)) }
    let rows = fields.filter { $0.subject == subject }
    let hasName = subject.kind != nil
    let rest = reference.words.dropFirst(hasName ? 2 : 1)
    if rest.count <= 1, let row = rows.first(where: { $0.field == rest.first ?? "" }) {
      return .success(Match(field: row, target: subject.kind.map { Address($0, reference.words[1]) }))
    }
    return .failure(unknownField(reference, rest: rest.first, rows))
  }

  private static func unknown(_ reference: Reference) -> Mismatch {
    let subjects = ReferenceField.Subject.allCases.map(\.rawValue)
    let help = Suggestion.help(for: reference.subject, among: subjects)
    return Mismatch(message: "'${\(reference)}' begins with no known word", suggestion: help)
  }

  private static func unknownField(_ reference: Reference, rest: String?, _ rows: [ReferenceField]) -> Mismatch {
    let forms = rows.map(\.form).joined(separator: ", ")
    let near = rest.flatMap { Suggestion.closest(to: $0, among: rows.map(\.field).filter { !$0.isEmpty }) }
    let help = near.map { "did you mean '\($0)'?" } ?? "there is \(forms)"
    return Mismatch(message: "'${\(reference)}' asks for something that does not exist", suggestion: help)
  }
}
