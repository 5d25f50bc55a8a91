package import RhizomeModel
internal import Synchronization

/// An engine that lives in memory: it keeps objects with marks, gives each an identity of its own, and notes every
/// breach of the rules by which a driver may be called.
package final class MockEngine: Sendable {
  /// Something that exists in the engine.
  package struct Object: Sendable, Hashable {
    package let id: Int
    package let address: Address
    package var attributes: Value
    package var mark: OwnershipMark?
    package var facts: [String: Value]
  }

  private struct State {
    var objects: [Int: Object] = [:]
    var nextID = 1
  }

  private let state = Mutex(State())

  package init() {}

  /// All objects, in the order of their creation.
  package var objects: [Object] { state.withLock { $0.objects.values.sorted { $0.id < $1.id } } }

  /// The first object of this name.
  package func object(_ address: Address) -> Object? { objects.first { $0.address == address } }

  /// Adds an object, even where one of this name exists already.
  @discardableResult
  package func add(
    _ address: Address,
    _ attributes: Value,
    mark: OwnershipMark? = nil,
    facts: [String: Value] = [:]
  ) -> Object {
    state.withLock { state in
      let object = Object(id: state.nextID, address: address, attributes: attributes, mark: mark, facts: facts)
      state.objects[object.id] = object
      state.nextID += 1
      return object
    }
  }

  /// Changes an object in place; nothing when it is gone.
  package func change(_ id: Int, _ body: (inout Object) -> Void) {
    state.withLock { state in
      guard var object = state.objects[id] else { return }
      body(&object)
      state.objects[id] = object
    }
  }

  package func remove(_ id: Int) { state.withLock { $0.objects[id] = nil } }
}
