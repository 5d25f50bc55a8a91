#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Files and directories that only their owner may read: made so from the first moment, and checked before use.
///
/// A file that is created first and restricted afterwards can be read in between; everything here passes the mode to
/// the call that creates.
package enum PrivateFiles {
  /// Creates the directory (mode 0700) and its missing parents, or checks an existing one.
  /// - Throws: `PrivateFileError.Code.notPrivate` when others may write into it, `notOurs` when somebody else owns it.
  package static func makeDirectory(_ path: String) throws(PrivateFileError) {
    try makeParents(of: path)
    guard mkdir(path, 0o700) != 0 else { return }
    guard errno == EEXIST else { throw .system("create directory", path, errno: errno) }
    let status = try status(of: path)
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw PrivateFileError(.notOurs, "\(path) is not a directory; move it away or choose another place")
    }
    try checkOwner(status, path)
    guard status.st_mode & 0o022 == 0 else {
      throw PrivateFileError(.notPrivate, "others may change files in \(path); run: chmod go-rwx '\(path)'")
    }
  }

  /// Whether anybody but its owner may look into the directory.
  package static func isOpen(directory path: String) throws(PrivateFileError) -> Bool {
    try status(of: path).st_mode & 0o077 != 0
  }

  /// Takes a directory (mode 0700) away from everybody but its owner.
  package static func makePrivate(directory path: String) throws(PrivateFileError) {
    guard chmod(path, 0o700) == 0 else { throw .system("make private", path, errno: errno) }
  }

  /// Creates an empty file of mode 0600, or checks an existing one with `check`.
  /// - Returns: true when it was created.
  @discardableResult
  package static func ensureFile(_ path: String) throws(PrivateFileError) -> Bool {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if descriptor >= 0 {
      close(descriptor)
      return true
    }
    guard errno == EEXIST else { throw .system("create", path, errno: errno) }
    try check(path)
    return false
  }

  /// Confirms that `path` is a regular file of this user (or of root) that nobody else may read or change.
  package static func check(_ path: String) throws(PrivateFileError) {
    try check(try status(of: path), path)
  }

  /// Reads a private file of at most `limit` bytes, after the same checks as `check`, made on the opened file.
  package static func read(_ path: String, limit: Int) throws(PrivateFileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .system("open", path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("examine", path, errno: errno) }
    try check(status, path)
    return try readAll(descriptor, limit: limit, path)
  }

  /// Writes `bytes` to a temporary neighbour, syncs it, and renames it over `path`: readers see the old or the new
  /// file, never a part, and a crash afterwards does not undo it.
  /// - Parameter mode: permission bits of the new file; 0600 keeps it private.
  package static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(PrivateFileError) {
    let temporary = try writeTemporary(bytes, beside: path, mode: mode)
    guard rename(temporary, path) == 0 else {
      let number = errno
      unlink(temporary)
      throw .system("replace", path, errno: number)
    }
    try syncDirectory(of: path)
  }

  /// As `write`, but fails with `exists` when there is a file already, which is then left as it is.
  package static func create(_ path: String, with bytes: [UInt8]) throws(PrivateFileError) {
    let temporary = try writeTemporary(bytes, beside: path, mode: 0o600)
    defer { unlink(temporary) }
    guard link(temporary, path) == 0 else { throw .system("create", path, errno: errno) }
    try syncDirectory(of: path)
  }

  /// Removes a file; one that is not there is no error.
  package static func remove(_ path: String) throws(PrivateFileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw .system("remove", path, errno: errno) }
  }

  /// Moves a file over whatever is at the target, and makes that last.
  package static func move(_ path: String, to target: String) throws(PrivateFileError) {
    guard rename(path, target) == 0 else { throw .system("move", path, errno: errno) }
    try syncDirectory(of: target)
  }

  /// As `move`; a file that is not there is no error, and leaves nothing at the target.
  package static func moveAside(_ path: String, to target: String) throws(PrivateFileError) {
    try remove(target)
    guard rename(path, target) == 0 || errno == ENOENT else { throw .system("move", path, errno: errno) }
  }

  /// Makes what was written to a file last.
  package static func sync(_ path: String) throws(PrivateFileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw .system("open", path, errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("sync", path, errno: errno) }
    try syncDirectory(of: path)
  }

  /// Copies a file of any size to a private one, and makes that last.
  package static func copy(_ source: String, to target: String) throws(PrivateFileError) {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { throw .system("open", source, errno: errno) }
    defer { close(input) }
    try remove(target)
    let output = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard output >= 0 else { throw .system("create", target, errno: errno) }
    defer { close(output) }
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = systemRead(input, &chunk)
      guard count >= 0 else { throw .system("read", source, errno: errno) }
      if count == 0 { break }
      try writeAll(Array(chunk[..<count]), to: output, target)
    }
    guard fsync(output) == 0 else { throw .system("sync", target, errno: errno) }
  }

  /// The directory part of a path; "." when it has none.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

extension PrivateFiles {
  private static func makeParents(of path: String) throws(PrivateFileError) {
    let parent = parent(of: path)
    var status = stat()
    if stat(parent, &status) == 0 { return }
    guard errno == ENOENT, parent != path else { throw .system("examine", parent, errno: errno) }
    try makeParents(of: parent)
    guard mkdir(parent, 0o700) == 0 || errno == EEXIST else {
      throw .system("create directory", parent, errno: errno)
    }
  }

  private static func status(of path: String) throws(PrivateFileError) -> stat {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .system("examine", path, errno: errno) }
    return status
  }

  private static func check(_ status: stat, _ path: String) throws(PrivateFileError) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw PrivateFileError(.notOurs, "\(path) is not a regular file; move it away")
    }
    try checkOwner(status, path)
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw PrivateFileError(
        .notPrivate,
        "\(path) has mode 0\(mode), so others may use what it holds; run: chmod 600 '\(path)'"
      )
    }
  }

  private static func checkOwner(_ status: stat, _ path: String) throws(PrivateFileError) {
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw PrivateFileError(
        .notOurs,
        "\(path) belongs to user \(status.st_uid), not to user \(geteuid()) who runs this program; "
          + "run: chown \(geteuid()) '\(path)'"
      )
    }
  }

  private static func writeTemporary(_ bytes: [UInt8], beside path: String, mode: UInt32) throws(PrivateFileError)
    -> String
  {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw .system("create a file beside", path, errno: errno) }
    defer { close(descriptor) }
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do throws(PrivateFileError) {
      try writeAll(bytes, to: descriptor, path)
      guard fchmod(descriptor, mode_t(mode)) == 0 else { throw PrivateFileError.system("chmod", path, errno: errno) }
      guard fsync(descriptor) == 0 else { throw PrivateFileError.system("sync", path, errno: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    return temporary
  }

  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(PrivateFileError) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: buffer[offset...]))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system("write", path, errno: errno) }
      offset += count
    }
  }

  private static func readAll(_ descriptor: Int32, limit: Int, _ path: String) throws(PrivateFileError) -> [UInt8] {
    var result: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = systemRead(descriptor, &chunk)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, errno: errno) }
      if count == 0 { return result }
      result += chunk[..<count]
      guard result.count <= limit else {
        throw PrivateFileError(.tooLarge, "\(path) is larger than the \(limit) bytes expected there")
      }
    }
  }

  private static func syncDirectory(of path: String) throws(PrivateFileError) {
    let parent = parent(of: path)
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open directory", parent, errno: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system("sync directory", parent, errno: errno) }
  }
}

/// The system's `read`, which the method of the same name hides inside `PrivateFiles`.
private func systemRead(_ descriptor: Int32, _ buffer: inout [UInt8]) -> Int {
  read(descriptor, &buffer, buffer.count)
}

/// The system's `write`, hidden likewise.
private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
  write(descriptor, buffer.baseAddress, buffer.count)
}
