/// What is followed: what manifests declare, completed by what the daemon was started with.
package struct GitChoice: Sendable, Hashable {
  /// What the daemon was started with, now or earlier.
  package var given: GitSettings?
  package var declared: GitSettings?
  /// There is a running revision, and what it declares is not known yet.
  package var isWaiting: Bool

  package init(given: GitSettings? = nil, declared: GitSettings? = nil, isWaiting: Bool = false) {
    self.given = given
    self.declared = declared
    self.isWaiting = isWaiting
  }

  /// Nil also while what runs is not known: only it says whose signatures count.
  package var effective: GitSettings? {
    if isWaiting { return nil }
    return declared.map { $0.completed(by: given) } ?? given
  }

  /// What would be followed if this were declared; nil where that is nothing, or nothing else than now.
  package func place(declaring declared: GitSettings?) -> GitSettings? {
    guard let next = GitChoice(given: given, declared: declared).effective else { return nil }
    return effective.map(next.leadsWhere) == true ? nil : next
  }
}
