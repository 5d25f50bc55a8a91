/// Tells from a router's own seconds whether it has lost its table since we last heard from it.
///
/// Both protocols send "seconds since my table was empty" with every answer. Only differences are used, so a router
/// whose clock is wrong is no trouble, and the tolerances cover one whose clock runs fast or slow.
package struct EpochTracker: Hashable, Sendable {
  /// Whose rule applies.
  package enum Rule: Hashable, Sendable {
    /// RFC 6886 section 3.6.
    case natPMP
    /// RFC 6887 section 8.5.
    case pcp
  }

  /// What one answer said, and when it came.
  private struct Sample: Hashable {
    let epoch: UInt32
    let at: Duration
  }

  private let rule: Rule
  private var last: Sample?

  package init(_ rule: Rule) { self.rule = rule }

  /// - Parameters:
  ///   - epoch: what an answer said that came before this was made.
  ///   - moment: when it came.
  init(_ rule: Rule, epoch: UInt32, at moment: Duration) {
    self.rule = rule
    last = Sample(epoch: epoch, at: moment)
  }

  /// When the last answer came; nil before the first.
  var heardAt: Duration? { last?.at }

  /// The seconds the router last told; nil before its first answer.
  package var epoch: UInt32? { last?.epoch }

  /// Takes in what an answer at `now` says.
  ///
  /// - Returns: true when the router has lost its state since the answer before.
  package mutating func observe(_ epoch: UInt32, at now: Duration) -> Bool {
    defer { last = Sample(epoch: epoch, at: now) }
    guard let last else { return false }
    let here = max(.zero, now - last.at)
    let there = Duration.seconds(Int64(epoch) - Int64(last.epoch))
    switch rule {
    case .natPMP: return there < here * 7 / 8 - .seconds(2)
    case .pcp: return Self.isLost(here: here, there: there)
    }
  }

  /// Back by more than a second, or more than a sixteenth and two seconds away from our own clock, either way.
  private static func isLost(here: Duration, there: Duration) -> Bool {
    there < .seconds(-1) || here + .seconds(2) < there - there / 16 || there + .seconds(2) < here - here / 16
  }
}
