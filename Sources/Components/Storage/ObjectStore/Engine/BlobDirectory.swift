/// The files that hold the contents of objects, named by random identifiers:
/// `temporary/ID` while being written, `blobs/XX/ID` once complete (`XX`: the identifier's first two digits).
///
/// What makes an object survive a crash at any instant is the order of the steps:
/// 1. write the temporary file and sync it: the *bytes* are on the disk;
/// 2. rename it into place: from here on, whatever lies under `blobs/` is complete;
/// 3. sync the directory: the *name* is on the disk;
/// 4. commit the row that refers to it (in the database, synced): only now the object exists, and may be acknowledged;
/// 5. remove the file that the row referred to before.
///
/// A crash before 4 leaves a file without a row, a crash between 4 and 5 likewise: `sweep` sets both kinds aside at the
/// next start, to `unreferenced/ID`, and removes them a month later. Not at once, because they look just like the contents
/// of all objects where the database was lost, or an older one was put back: with the right database they come back by
/// themselves. At no instant is there a row without its file. A file is never written to again once it is in place.
struct BlobDirectory: Sendable {
  private let root: String

  init(root: String) { self.root = root }

  private var temporary: String { "\(root)/temporary" }
  private var unreferenced: String { "\(root)/unreferenced" }
  private func shard(_ id: some StringProtocol) -> String { "\(root)/blobs/\(id.prefix(2))" }
  private func path(_ id: String) -> String { "\(shard(id))/\(id)" }

  /// All names of shards, in order.
  static let shards = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }

  /// Makes the directories, durably, so that no upload ever has to.
  func prepare() throws(FileSystemError) {
    try FileSystem.makeDirectory(temporary)
    try FileSystem.makeDirectory(unreferenced)
    try FileSystem.makeDirectory("\(root)/blobs")
    for shard in Self.shards { try FileSystem.makeDirectory("\(root)/blobs/\(shard)") }
    try FileSystem.synchronizeDirectory("\(root)/blobs")
    try FileSystem.synchronizeDirectory(root)
  }

  /// Step 1: a new file, to be written and then handed to `publish`.
  func create(_ id: String) throws(FileSystemError) -> OpenFile { try OpenFile("\(temporary)/\(id)", .createNew) }

  /// The end of step 1, and steps 2 and 3. When this returns, the file is durable in place.
  func publish(_ file: OpenFile, as id: String) throws(FileSystemError) {
    try file.synchronize()
    try FileSystem.rename(file.path, to: path(id))
    try FileSystem.synchronizeDirectory(shard(id))
  }

  func open(_ id: String) throws(FileSystemError) -> OpenFile { try OpenFile(path(id), .read) }

  /// Removes a file that no row refers to, wherever it got to. Not synced: if the removal is lost, `sweep` repeats it.
  func discard(_ id: String) throws(FileSystemError) {
    try FileSystem.remove("\(temporary)/\(id)")
    try FileSystem.remove(path(id))
  }

  /// Removes every temporary file.
  /// - Returns: how many there were.
  func sweepTemporary() throws(FileSystemError) -> Int {
    let names = try FileSystem.names(in: temporary)
    for name in names { try FileSystem.remove("\(temporary)/\(name)") }
    return names.count
  }

  /// What earlier sweeps set aside.
  func setAside() throws(FileSystemError) -> Set<String> { Set(try FileSystem.names(in: unreferenced)) }

  /// Removes what was set aside before a time, in seconds since 1970.
  /// - Returns: how many there were.
  func sweepUnreferenced(before time: Int64) throws(FileSystemError) -> Int {
    var count = 0
    for name in try FileSystem.names(in: unreferenced) {
      // Setting aside is the last change that such a file has seen.
      guard try FileSystem.changeTime("\(unreferenced)/\(name)") < time else { continue }
      try FileSystem.remove("\(unreferenced)/\(name)")
      count += 1
    }
    return count
  }

  /// Compares one shard with what the database refers to: sets aside what it does not, and takes back what it does.
  /// - Parameters:
  ///   - expected: the sizes in bytes that the rows tell, by identifier.
  ///   - aside: what earlier sweeps set aside.
  /// - Returns: how many files were set aside and taken back, and the identifiers whose file is missing or of another size.
  func sweep(shard: String, expected: [String: Int64], aside: Set<String>) throws(FileSystemError)
    -> (setAside: Int, takenBack: Int, damaged: [String])
  {
    var names = Set(try FileSystem.names(in: "\(root)/blobs/\(shard)"))
    let orphans = names.subtracting(expected.keys)
    for name in orphans { try FileSystem.rename("\(root)/blobs/\(shard)/\(name)", to: "\(unreferenced)/\(name)") }
    let missed = aside.intersection(expected.keys).subtracting(names)
    for name in missed { try FileSystem.rename("\(unreferenced)/\(name)", to: path(name)) }
    names.formUnion(missed)
    var damaged: [String] = []
    for (id, size) in expected {
      let actual = names.contains(id) ? try open(id).size() : nil
      if actual != size { damaged.append(id) }
    }
    return (orphans.count, missed.count, damaged.sorted())
  }
}
