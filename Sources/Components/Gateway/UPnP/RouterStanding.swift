/// What can be said of a router where a look at it came to nothing.
package enum RouterStanding: Hashable, Sendable {
  /// The first search for it is still under way: nobody has asked it anything.
  case notAskedYet
  /// It was never found.
  case neverFound
  /// It was found once, now or in an earlier life of this program, and does not answer.
  case wasFound
}
