import RhizomeReconciler
import Synchronization

/// The only source of chance in a simulation. All draws come in one order, since all tasks run on one thread.
final class Dice: Sendable {
  private let random: Mutex<SplitMix64>

  init(seed: UInt64) { random = Mutex(SplitMix64(seed: seed)) }

  /// True with a probability from 0 to 1.
  func chance(_ probability: Double) -> Bool { random.withLock { $0.fraction() } < probability }

  func number(_ range: ClosedRange<Int>) -> Int { random.withLock { Int.random(in: range, using: &$0) } }

  func seconds(_ range: ClosedRange<Double>) -> Duration {
    .milliseconds(number(Int(range.lowerBound * 1_000)...Int(range.upperBound * 1_000)))
  }

  func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[number(0...(elements.count - 1))]
  }

  func seed() -> UInt64 { random.withLock { $0.next() } }
}
