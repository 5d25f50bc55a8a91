#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A system call that failed, with the path it was for.
struct FileSystemError: Error, CustomStringConvertible {
  let call: String
  let path: String
  let number: Int32

  var isNotFound: Bool { number == ENOENT }

  var description: String { "\(call) \(path): \(String(cString: strerror(number)))" }
}

/// An open file that closes itself.
final class OpenFile: Sendable {
  enum Mode { case read, createNew, directory }

  let path: String
  private let descriptor: Int32

  /// - Throws: `FileSystemError`.
  init(_ path: String, _ mode: Mode) throws(FileSystemError) {
    let flags =
      switch mode {
      case .read: O_RDONLY
      case .createNew: O_WRONLY | O_CREAT | O_EXCL
      case .directory: O_RDONLY | O_DIRECTORY
      }
    descriptor = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
    self.path = path
    if descriptor < 0 { throw FileSystemError(call: "open", path: path, number: errno) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws(FileSystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest)
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, slice.baseAddress, slice.count)
      #else
        let count = Darwin.write(descriptor, slice.baseAddress, slice.count)
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("write")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads up to `buffer.count` bytes; fewer only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(FileSystemError) -> Int {
    var total = 0
    while total < buffer.count, let base = buffer.baseAddress {
      let count = pread(descriptor, base + total, buffer.count - total, off_t(offset) + off_t(total))
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read")
      }
      if count == 0 { break }
      total += count
    }
    return total
  }

  func size() throws(FileSystemError) -> Int64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("fstat") }
    return Int64(status.st_size)
  }

  /// Returns once the content, and what is needed to find it again in an existing file, has reached the disk.
  /// An error is final: the kernel may have dropped the dirty pages, so that asking again would report success
  /// for data that is gone.
  func synchronize() throws(FileSystemError) {
    guard fsync(descriptor) == 0 else { throw failure("fsync") }
  }

  /// Takes the file for this process until it is closed; nil-safe across crashes, since the kernel lets go.
  func lock() throws(FileSystemError) {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw failure("flock") }
  }

  private func failure(_ call: String) -> FileSystemError {
    FileSystemError(call: call, path: path, number: errno)
  }
}

/// The few operations on names that the store needs.
enum FileSystem {
  /// Makes a directory private to its user; an existing one is left as it is.
  /// - Returns: whether it was made just now.
  @discardableResult
  static func makeDirectory(_ path: String) throws(FileSystemError) -> Bool {
    if mkdir(path, 0o700) == 0 { return true }
    guard errno == EEXIST else { throw FileSystemError(call: "mkdir", path: path, number: errno) }
    return false
  }

  /// Makes the names in a directory durable: those created, renamed and removed before the call.
  static func synchronizeDirectory(_ path: String) throws(FileSystemError) {
    try OpenFile(path, .directory).synchronize()
  }

  static func rename(_ source: String, to target: String) throws(FileSystemError) {
    #if canImport(Glibc)
      let result = Glibc.rename(source, target)
    #else
      let result = Darwin.rename(source, target)
    #endif
    guard result == 0 else { throw FileSystemError(call: "rename", path: target, number: errno) }
  }

  /// Removes a file; one that is not there counts as removed.
  static func remove(_ path: String) throws(FileSystemError) {
    guard unlink(path) == 0 || errno == ENOENT else {
      throw FileSystemError(call: "unlink", path: path, number: errno)
    }
  }

  /// Creates an empty file of mode 0600 unless it exists.
  static func createPrivateFile(_ path: String) throws(FileSystemError) {
    do { _ = try OpenFile(path, .createNew) } catch { if error.number != EEXIST { throw error } }
  }

  /// When the file, its name or its attributes last changed, in seconds since 1970.
  static func changeTime(_ path: String) throws(FileSystemError) -> Int64 {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw FileSystemError(call: "lstat", path: path, number: errno) }
    #if canImport(Glibc)
      return Int64(status.st_ctim.tv_sec)
    #else
      return Int64(status.st_ctimespec.tv_sec)
    #endif
  }

  /// The names in a directory, without `.` and `..`.
  static func names(in path: String) throws(FileSystemError) -> [String] {
    guard let directory = opendir(path) else { throw FileSystemError(call: "opendir", path: path, number: errno) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
