internal import PrivateFiles

/// The file that holds the master key: 32 raw bytes, mode 0600.
package enum KeyFile {
  /// Reads the key.
  /// - Throws: `notPrivate` when others may read it, `wrongKey` when it is no key, `unavailable` when there is none.
  package static func load(_ path: String) throws(StateStoreError) -> MasterKey {
    do throws(PrivateFileError) {
      return try parse(try PrivateFiles.read(path, limit: MasterKey.byteCount * 4), path)
    } catch {
      throw explain(error, path)
    }
  }

  /// Reads the key, or makes one if there is no file. Of several that make one at the same time, one wins and all
  /// return its key.
  package static func loadOrCreate(_ path: String) throws(StateStoreError) -> MasterKey {
    do throws(PrivateFileError) {
      try PrivateFiles.makeDirectory(PrivateFiles.parent(of: path))
      do throws(PrivateFileError) {
        return try parse(try PrivateFiles.read(path, limit: MasterKey.byteCount * 4), path)
      } catch  where error.code == .missing {
        return try create(path)
      }
    } catch {
      throw explain(error, path)
    }
  }

  private static func create(_ path: String) throws(PrivateFileError) -> MasterKey {
    let key = MasterKey.random()
    do throws(PrivateFileError) {
      try key.withBytes { bytes throws(PrivateFileError) in try PrivateFiles.create(path, with: bytes) }
      return key
    } catch  where error.code == .exists {
      return try parse(try PrivateFiles.read(path, limit: MasterKey.byteCount * 4), path)
    }
  }

  private static func parse(_ bytes: [UInt8], _ path: String) throws(PrivateFileError) -> MasterKey {
    guard let key = MasterKey(bytes) else {
      throw PrivateFileError(
        .tooLarge,
        "\(path) holds \(bytes.count) bytes instead of a key of \(MasterKey.byteCount); restore it from a backup"
      )
    }
    return key
  }

  private static func explain(_ error: PrivateFileError, _ path: String) -> StateStoreError {
    switch error.code {
    case .notPrivate, .notOurs: StateStoreError(.notPrivate, "the key file is not safe: \(error.message)")
    case .tooLarge: StateStoreError(.wrongKey, error.message)
    case .missing, .exists, .system: StateStoreError(.unavailable, "the key file cannot be used: \(error.message)")
    }
  }
}
