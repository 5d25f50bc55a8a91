#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif
internal import Synchronization

/// An exclusive lock on a private file, held by one process until released; it ends with its process, however that ends.
package final class FileLock: Sendable {
  private let held: Mutex<Int32?>

  /// Takes the lock without waiting.
  /// - Returns: nil when somebody else holds it.
  package init?(_ path: String) throws(PrivateFileError) {
    try PrivateFiles.ensureFile(path)
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .system("open", path, errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      close(descriptor)
      guard number == EWOULDBLOCK else { throw .system("lock", path, errno: number) }
      return nil
    }
    held = Mutex(descriptor)
  }

  deinit { release() }

  /// Gives the lock up now.
  package func release() {
    held.withLock { descriptor in
      guard let held = descriptor else { return }
      // Closing alone would leave the lock with a child that was forked and has not come to its exec yet.
      flock(held, LOCK_UN)
      close(held)
      descriptor = nil
    }
  }
}
