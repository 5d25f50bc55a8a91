internal import OpenSSL
package import RhizomeModel

/// What people have muted in drift reports.
package struct MuteList: Sendable {
  private let table: RecordTable<DriftMute>

  package init(_ store: any StateStore) throws {
    table = RecordTable(store, prefix: try StatePrefix(RecordPlaces.driftMutes))
  }

  /// Those that hold at `now`; ended ones are dropped.
  package func active(now: Timestamp) async throws -> [DriftMute] {
    var active: [DriftMute] = []
    for (name, mute) in try await table.all().records {
      if now < mute.until { active.append(mute) } else { try await table.remove(name) }
    }
    return active
  }

  /// Adds a mute, or replaces the one for the same resource and field.
  package func put(_ mute: DriftMute) async throws { try await table.put(name(mute.address, mute.field), mute) }

  /// - Returns: false when there was none.
  package func remove(_ address: Address, _ field: FieldPath?) async throws -> Bool {
    guard try await table.get(name(address, field)) != nil else { return false }
    try await table.remove(name(address, field))
    return true
  }

  /// A field may hold any character; keys may not.
  private func name(_ address: Address, _ field: FieldPath?) -> String {
    field.map { "\(address)/\(Hex.encode($0.description.utf8))" } ?? address.description
  }
}
