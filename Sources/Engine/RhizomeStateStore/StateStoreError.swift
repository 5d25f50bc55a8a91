/// Why the state store could not do what it was asked.
package struct StateStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// A key or prefix is not of the allowed form.
    case invalidKey
    /// A transaction exceeds a limit or touches a key twice.
    case invalidTransaction
    /// A lease is out of the allowed range.
    case invalidLease
    /// The lease expired, was revoked or never was.
    case leaseNotFound
    /// The history asked for was compacted away: list again.
    case compacted
    /// Other writers won every time.
    case contended
    /// The store was closed.
    case closed
    /// Another process uses the same store.
    case inUse
    /// The store's files are not private to this user.
    case notPrivate
    /// The store's content is damaged.
    case damaged
    /// The store was written by a newer version of the program.
    case fromFuture
    /// The master key is not the one that sealed the store, or a sealed value was changed.
    case wrongKey
    /// A record is not of the form this version reads.
    case unreadableRecord
    /// The file system or the network refused.
    case unavailable
  }

  package let code: Code
  /// Says where, what was expected and what to do.
  package let message: String
  package var description: String { message }

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }
}

extension StateStoreError {
  static func leaseNotFound(_ lease: LeaseID) -> StateStoreError {
    StateStoreError(.leaseNotFound, "lease \(lease) has expired or was revoked; grant a new one")
  }

  static func compacted(after revision: StoreRevision, through compacted: StoreRevision) -> StateStoreError {
    StateStoreError(
      .compacted,
      "changes after revision \(revision) are no longer kept (history begins after \(compacted)); list again"
    )
  }

  static func invalidLease(_ timeToLive: Duration) -> StateStoreError {
    StateStoreError(
      .invalidLease,
      "a lease lives between \(StateStoreLimits.shortestLease) and \(StateStoreLimits.longestLease), not \(timeToLive)"
    )
  }
}
