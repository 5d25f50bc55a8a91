import ObjectStore
import RhizomeStateStore

/// Whether the master key is the one with which everything in the folder was made. Asked before anything is written.
extension DataFolder {
  /// Opens something that is sealed with the key.
  /// - Parameter name: what is opened, as a path in the folder.
  /// - Throws: `Unusable` when the key is another one, and what `body` throws.
  func opening<T>(_ name: String, _ body: () async throws -> T) async throws -> T {
    do {
      return try await body()
    } catch let error as StateStoreError where error.code == .wrongKey {
      throw DataFolder.wrongKey(name, in: path)
    } catch let error as StoreError where error.code == .wrongKey {
      throw DataFolder.wrongKey(name, in: path)
    }
  }

  /// Remembers the key, once everything that is there has opened with it.
  func keepKeyCheck() throws { try KeyCheck(path + "/key-check").create(masterKey) }

  private static func wrongKey(_ name: String, in path: String) -> Unusable {
    Unusable(
      description: """
        \(path)/master.key is not the key with which \(path)/\(name) was written. Nothing was changed. Put the master.key \
        that belongs to it back from a copy; where \(name) is the wrong one, put that back, from the same copy as the key
        """
    )
  }

  /// The check value is all that is left, or it contradicts the rest: then it is right more often than the key.
  static func wrongKey(in path: String) -> Unusable {
    Unusable(
      description: """
        \(path)/master.key is not the key with which this cluster began: \(path)/key-check was made with another one. \
        Nothing was changed. Put the master.key that belongs here back from a copy. Only where you know that this key is \
        right and key-check is not: remove key-check, and it is written again if records and objects open
        """
    )
  }
}
