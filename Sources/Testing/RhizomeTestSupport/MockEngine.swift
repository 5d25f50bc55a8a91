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
    var named: [Address: Set<Int>] = [:]
    /// Those without a mark.
    var strangers: Set<Int> = []
    var nextID = 1
  }

  private let state = Mutex(State())

  package init() {}

  /// All objects, in the order of their creation.
  package var objects: [Object] { state.withLock { $0.objects.values.sorted { $0.id < $1.id } } }

  /// All objects without a mark, in the order of their creation.
  package var strangers: [Object] {
    state.withLock { state in state.strangers.sorted().compactMap { state.objects[$0] } }
  }

  /// The first object of this name.
  package func object(_ address: Address) -> Object? {
    state.withLock { state in state.named[address]?.min().flatMap { state.objects[$0] } }
  }

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
      state.named[address, default: []].insert(object.id)
      if mark == nil { state.strangers.insert(object.id) }
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
      if object.mark == nil { state.strangers.insert(id) } else { state.strangers.remove(id) }
    }
  }

  package func remove(_ id: Int) {
    state.withLock { state in
      guard let object = state.objects.removeValue(forKey: id) else { return }
      state.named[object.address]?.remove(id)
      state.strangers.remove(id)
    }
  }
}
