internal import PrivateFiles

/// The file `key-check` in the data folder: a word that only the right master key derives, and that tells nothing of it.
///
/// It outlives the records. Without it, another key beside lost records would begin new ones, and the right key would
/// then be refused.
package struct KeyCheck: Sendable {
  private static let byteLimit = 256
  package let path: String

  package init(_ path: String) { self.path = path }

  /// Whether `key` is the one with which the file was made; nil when there is no file.
  /// - Throws: `notPrivate` when others may change it, `unavailable` when it cannot be read.
  package func fits(_ key: MasterKey) throws(StateStoreError) -> Bool? {
    do throws(PrivateFileError) {
      return try PrivateFiles.read(path, limit: KeyCheck.byteLimit) == KeyCheck.content(key)
    } catch {
      if error.code == .missing { return nil }
      if error.code == .tooLarge { return false }
      throw explain(error)
    }
  }

  /// Writes it so that it lasts, whole or not at all. A file that is there is left as it is.
  package func create(_ key: MasterKey) throws(StateStoreError) {
    do throws(PrivateFileError) {
      try PrivateFiles.create(path, with: KeyCheck.content(key))
    } catch {
      if error.code != .exists { throw explain(error) }
    }
  }

  private static func content(_ key: MasterKey) -> [UInt8] { Array((key.deriveHex("key-check") + "\n").utf8) }

  private func explain(_ error: PrivateFileError) -> StateStoreError {
    let isOpen = error.code == .notPrivate || error.code == .notOurs
    return StateStoreError(isOpen ? .notPrivate : .unavailable, error.message)
  }
}
