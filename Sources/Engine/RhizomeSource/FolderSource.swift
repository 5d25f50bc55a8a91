package import RhizomeManifest

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Reads every `.yaml` and `.yml` file below a folder.
///
/// Hidden files and folders (`.git`) are left out. Everything else that could hold a manifest is read or refused with a
/// reason, never skipped: links that leave the folder, links to folders, pipes and devices, files that are too large.
package struct FolderSource: Sendable {
  private let folder: String
  private let limits: ManifestLimits

  package init(folder: String, limits: ManifestLimits = .standard) {
    self.folder = folder
    self.limits = limits
  }

  /// Reads the folder as it is now.
  /// - Throws: `SourceError` when any part of it cannot be read.
  package func snapshot() throws(SourceError) -> ManifestSnapshot {
    guard let root = RealPath.of(folder) else {
      throw SourceError(.notAFolder, path: folder, message: "there is no such folder (\(errorText()))")
    }
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw SourceError(.notAFolder, path: folder, message: "this cannot be read as a folder (\(errorText()))")
    }
    var walk = FolderWalk(root: root, limits: limits)
    try walk.visit(descriptor, below: "", depth: 1)
    return ManifestSnapshot(origin: root, files: walk.files)
  }
}

/// One reading of a folder.
private struct FolderWalk {
  let root: String
  let limits: ManifestLimits
  private(set) var files: [ManifestFile] = []
  private var byteCount = 0
  private var entryCount = 0

  init(root: String, limits: ManifestLimits) {
    self.root = root
    self.limits = limits
  }

  /// Far more than people keep in such a folder.
  private static let entryLimit = 200_000
  private static let depthLimit = 32

  /// Reads one folder and those below it. Takes over the descriptor.
  mutating func visit(_ descriptor: CInt, below prefix: String, depth: Int) throws(SourceError) {
    guard depth <= FolderWalk.depthLimit else {
      close(descriptor)
      throw limit("folder depth", FolderWalk.depthLimit, prefix)
    }
    let names: [String]
    let stream = fdopendir(descriptor)
    guard let stream else {
      close(descriptor)
      throw SourceError(.unreadable, path: prefix, message: "the folder cannot be read (\(errorText()))")
    }
    defer { closedir(stream) }
    names = try entries(of: stream, below: prefix)
    for name in names.sorted() { try visit(name, in: descriptor, below: prefix, depth: depth) }
  }

  private mutating func entries(of stream: DirectoryStream, below prefix: String) throws(SourceError) -> [String] {
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      entryCount += 1
      guard entryCount <= FolderWalk.entryLimit else { throw limit("folder entries", FolderWalk.entryLimit, prefix) }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes.first != UInt8(ascii: ".") { names.append(try FolderWalk.name(bytes, below: prefix)) }
    }
    guard errno == 0 else {
      throw SourceError(.unreadable, path: prefix, message: "the folder cannot be read (\(errorText()))")
    }
    return names
  }

  /// Names go into messages, so they are text without control characters.
  private static func name(_ bytes: [UInt8], below prefix: String) throws(SourceError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw SourceError.badName(bytes, below: prefix)
    }
    return name
  }

  private mutating func visit(
    _ name: String,
    in folder: CInt,
    below prefix: String,
    depth: Int
  ) throws(SourceError) {
    let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
    let isManifest = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw SourceError(.unreadable, path: path, message: "this cannot be looked at (\(errorText()))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      let inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard inner >= 0 else {
        throw SourceError(.unreadable, path: path, message: "the folder cannot be read (\(errorText()))")
      }
      try visit(inner, below: path, depth: depth + 1)
    case S_IFREG:
      if isManifest { try read(openat(folder, name, FolderWalk.readFlags), path) }
    case S_IFLNK: try follow(path, isManifest: isManifest)
    default:
      guard isManifest else { return }
      throw SourceError(.specialFile, path: path, message: "this is a pipe, socket or device, not a file")
    }
  }

  /// `O_NONBLOCK`, so that a pipe put in place of a file does not make us wait.
  private static let readFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC

  /// A link to a file inside the folder stands for that file.
  private mutating func follow(_ path: String, isManifest: Bool) throws(SourceError) {
    guard let target = RealPath.of("\(root)/\(path)") else {
      guard isManifest else { return }
      throw SourceError(.unreadable, path: path, message: "the link leads nowhere (\(errorText()))")
    }
    var status = stat()
    let isFolder = stat(target, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    guard isManifest || isFolder else { return }
    guard target == root || target.hasPrefix(root == "/" ? root : root + "/") else {
      let message = "the link leads out of the folder, to \(target); copy the file instead"
      throw SourceError(.outsideFolder, path: path, message: message)
    }
    guard !isFolder else {
      throw SourceError(.specialFile, path: path, message: "links to folders are not followed; move the folder here")
    }
    try read(open(target, FolderWalk.readFlags), path)
  }

  /// Reads a file whole, after its type and size were seen to be right. Takes over the descriptor.
  private mutating func read(_ descriptor: CInt, _ path: String) throws(SourceError) {
    guard descriptor >= 0 else {
      throw SourceError(.unreadable, path: path, message: "the file cannot be opened (\(errorText()))")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw SourceError(.specialFile, path: path, message: "this is not a file any more")
    }
    guard files.count < limits.files else { throw limit("file count", limits.files, path) }
    guard status.st_size <= limits.fileBytes else { throw limit("file size", limits.fileBytes, path) }
    guard byteCount + Int(status.st_size) <= limits.totalBytes else {
      throw limit("total size", limits.totalBytes, path)
    }
    let bytes = try contents(of: descriptor, expecting: Int(status.st_size), path)
    byteCount += bytes.count
    files.append(ManifestFile(path: path, bytes: bytes))
  }

  /// All bytes, at most one more than the limit even when the file grows meanwhile.
  private func contents(of descriptor: CInt, expecting size: Int, _ path: String) throws(SourceError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(size, limits.fileBytes) + 1)
    var count = 0
    while count < bytes.count {
      let room = bytes.count - count
      let found = bytes.withUnsafeMutableBytes { buffer in
        buffer.baseAddress.map { systemRead(descriptor, $0 + count, room) } ?? 0
      }
      if found < 0, errno == EINTR { continue }
      guard found >= 0 else {
        throw SourceError(.unreadable, path: path, message: "the file cannot be read (\(errorText()))")
      }
      if found == 0 { return Array(bytes.prefix(count)) }
      count += found
    }
    throw SourceError(.unreadable, path: path, message: "the file grew while it was read; try again")
  }

  private func limit(_ name: String, _ value: Int, _ path: String) -> SourceError {
    let shown = path.isEmpty ? "." : path
    return SourceError(.limitExceeded, path: shown, message: "this exceeds the limit '\(name)' of \(value)")
  }
}

#if canImport(Darwin)
  private typealias DirectoryStream = UnsafeMutablePointer<DIR>
#else
  private typealias DirectoryStream = OpaquePointer
#endif

/// `read(2)`, by a name that the methods here do not hide.
private func systemRead(_ descriptor: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}

/// What `errno` says, in the system's words.
private func errorText() -> String { String(cString: strerror(errno)) }

private enum RealPath {
  /// The path without links; nil when it does not exist, with the reason in `errno`.
  static func of(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
