import Foundation
package import RhizomeModel

/// How long ago something was, in its two largest units, such as `3m12s` or `2d4h`.
package enum Age {
  package static func text(since moment: Timestamp, now: Timestamp = .now) -> String {
    let seconds = max(0, (now.milliseconds - moment.milliseconds) / 1_000)
    switch seconds {
    case ..<60: return "\(seconds)s"
    case ..<3_600: return "\(seconds / 60)m\(seconds % 60)s"
    case ..<86_400: return "\(seconds / 3_600)h\(seconds / 60 % 60)m"
    default: return "\(seconds / 86_400)d\(seconds / 3_600 % 24)h"
    }
  }

  /// The same as part of a sentence: `3m12s ago`, or `just now`.
  package static func ago(_ moment: Timestamp, now: Timestamp = .now) -> String {
    now.milliseconds - moment.milliseconds < 1_000 ? "just now" : "\(text(since: moment, now: now)) ago"
  }
}

extension Timestamp {
  /// The system's clock, for showing ages; planning never reads it.
  package static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
}
