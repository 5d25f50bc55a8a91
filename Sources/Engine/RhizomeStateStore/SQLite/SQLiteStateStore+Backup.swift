internal import GRDB
internal import PrivateFiles

extension SQLiteStateStore {
  /// Writes a consistent copy of the store, as it is at one revision, while it goes on serving.
  ///
  /// Sealed values stay sealed: the copy is worth nothing without the master key, which is kept apart.
  /// - Parameter path: a new file of mode 0600 in an existing or new directory.
  /// - Throws: `unavailable` when the file exists already or cannot be written.
  package func backup(to path: String) async throws {
    do throws(PrivateFileError) {
      try PrivateFiles.makeDirectory(PrivateFiles.parent(of: path))
      guard try PrivateFiles.ensureFile(path) else {
        throw PrivateFileError(.exists, "\(path) exists already; choose another name, or move it away")
      }
    } catch {
      throw StateStoreError(.unavailable, "the backup cannot be written: \(error.message)")
    }
    do {
      // VACUUM INTO fills an empty file, keeps its mode, and reads within one transaction.
      try await database.pool.barrierWriteWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
      try PrivateFiles.sync(path)
    } catch {
      try? PrivateFiles.remove(path)
      throw database.explain(error)
    }
  }

  /// Puts a backup in the place of a store that is not in use. The store that was there is kept beside it, with
  /// `.replaced` after its name.
  /// - Throws: `inUse`, `damaged`, `fromFuture` or `unavailable`; the store in place is untouched then.
  package static func restore(from backup: String, to path: String) throws {
    let copy = path + ".restoring"
    do {
      try PrivateFiles.makeDirectory(PrivateFiles.parent(of: path))
      guard let lock = try FileLock(path + ".lock") else { throw StateDatabase.inUse(path) }
      defer { lock.release() }
      try PrivateFiles.copy(backup, to: copy)
      try StateDatabase(path: copy).close()
      // The side files of the old store belong to it alone and would spoil the new one.
      for suffix in ["", "-wal", "-shm"] { try PrivateFiles.moveAside(path + suffix, to: path + ".replaced" + suffix) }
      try PrivateFiles.move(copy, to: path)
    } catch let error as PrivateFileError {
      throw StateStoreError(.unavailable, "the backup \(backup) cannot be restored: \(error.message)")
    }
    try? PrivateFiles.remove(copy + ".lock")
  }
}
