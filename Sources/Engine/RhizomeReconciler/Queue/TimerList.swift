internal import RhizomeModel

/// Addresses with the moments at which they become due; each at most once.
struct TimerList: Sendable {
  private struct Entry {
    let due: Duration
    let address: Address
  }

  /// Latest first, so that the next one is popped from the end. Entries that `due` no longer agrees with are skipped.
  private var entries: [Entry] = []
  private var due: [Address: Duration] = [:]

  func due(_ address: Address) -> Duration? { due[address] }

  /// Makes `address` due at `moment`, whatever it was before.
  mutating func set(_ address: Address, at moment: Duration) {
    guard due[address] != moment else { return }
    due[address] = moment
    let entry = Entry(due: moment, address: address)
    entries.insert(entry, at: position(of: entry))
  }

  mutating func remove(_ address: Address) { due[address] = nil }

  /// The moment of the next one.
  mutating func nextDue() -> Duration? {
    while let last = entries.last, due[last.address] != last.due { entries.removeLast() }
    return entries.last?.due
  }

  /// Takes out all that are due, earliest first, ties by address.
  mutating func takeDue(now: Duration) -> [Address] {
    var taken: [Address] = []
    while let next = nextDue(), next <= now {
      let address = entries.removeLast().address
      due[address] = nil
      taken.append(address)
    }
    return taken
  }

  private func position(of entry: Entry) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if (entries[middle].due, entries[middle].address) > (entry.due, entry.address) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
