/// How much of a repository is accepted, beside the limits on manifests.
package enum GitLimits {
  /// One fetch on disk.
  package static let packBytes = 64 << 20
  /// The list of a commit's files.
  static let listingBytes = 32 << 20
  /// Names in a commit's folder.
  static let entries = 200_000
  /// One commit with its message.
  static let commitBytes = 1 << 20
  /// Contents, with a line for each file.
  static let contentBytes = 80 << 20
}
