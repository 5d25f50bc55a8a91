import RhizomeDriver
import RhizomeReconciler
import RhizomeTestSupport
import Synchronization

/// How bad the weather is in one simulation: how likely each kind of fault is, drawn once from the seed.
struct Weather: Sendable {
  let failure: Double
  let lostAnswer: Double
  let refusal: Double
  let unknown: Double
  let slow: Double
  let hang: Double
  /// Crash right after an operation had its effect.
  let crashAfterPerform: Double
  /// Crash before or after a transaction.
  let crashAtTransaction: Double

  init(_ dice: Dice) {
    func upTo(_ most: Double) -> Double { dice.chance(0.4) ? 0 : most * Double(dice.number(1...100)) / 100 }
    failure = upTo(0.3)
    lostAnswer = upTo(0.2)
    refusal = upTo(0.1)
    unknown = upTo(0.3)
    slow = upTo(0.3)
    hang = upTo(0.05)
    crashAfterPerform = upTo(0.15)
    crashAtTransaction = upTo(0.03)
  }
}

/// Draws what goes wrong, until the storm is over.
final class Faults: Sendable {
  private let dice: Dice
  private let weather: Weather
  private let storm = Mutex(true)
  private let storeDown = Mutex(false)

  init(_ dice: Dice) {
    self.dice = dice
    weather = Weather(dice)
  }

  var isStormy: Bool { storm.withLock { $0 } }

  /// Ends all faults for good.
  func calm() {
    storm.withLock { $0 = false }
    storeDown.withLock { $0 = false }
  }

  /// Whether the state store refuses everything.
  var isStoreDown: Bool { storeDown.withLock { $0 } }
  func setStoreDown(_ down: Bool) { storeDown.withLock { $0 = down } }

  func crashesAfterPerform() -> Bool { isStormy && dice.chance(weather.crashAfterPerform) }
  func crashesAtTransaction() -> Bool { isStormy && dice.chance(weather.crashAtTransaction) }

  /// True or false alike, for which side of an effect a fault falls on.
  func coin() -> Bool { dice.chance(0.5) }

  func response(to call: MockDriver.Call) -> MockDriver.Response {
    var response = MockDriver.Response(delay: .milliseconds(dice.number(1...200)))
    guard isStormy else { return response }
    if dice.chance(weather.slow) { response.delay = dice.seconds(1...40) }
    response.hangs = dice.chance(weather.hang)
    switch call {
    case .observe: if dice.chance(weather.unknown) { response.unknown = "the engine did not answer" }
    case .perform: spoil(&response)
    }
    return response
  }

  private func spoil(_ response: inout MockDriver.Response) {
    if dice.chance(weather.lostAnswer) {
      response.error = DriverError(.timedOut, "the answer was lost")
    } else if dice.chance(weather.failure) {
      (response.hasEffect, response.error) = (false, DriverError(.unavailable, "the engine is busy"))
    } else if dice.chance(weather.refusal) {
      (response.hasEffect, response.error) = (false, DriverError(.refused, "the engine will not"))
    }
  }
}
