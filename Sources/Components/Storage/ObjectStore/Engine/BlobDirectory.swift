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
/// A crash before 4 leaves a file without a row, a crash between 4 and 5 likewise: `sweep` removes both kinds at the
/// next start. At no instant is there a row without its file. A file is never written to again once it is in place.
struct BlobDirectory: Sendable {
  private let root: String

  init(root: String) { self.root = root }

  private var temporary: String { "\(root)/temporary" }
  private func shard(_ id: some StringProtocol) -> String { "\(root)/blobs/\(id.prefix(2))" }
  private func path(_ id: String) -> String { "\(shard(id))/\(id)" }

  /// All names of shards, in order.
  static let shards = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }

  /// Makes the directories, durably, so that no upload ever has to.
  func prepare() throws(FileSystemError) {
    try FileSystem.makeDirectory(temporary)
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

  /// Compares one shard with what the database refers to, and removes what it does not.
  /// - Parameter expected: the sizes in bytes that the rows tell, by identifier.
  /// - Returns: how many files were removed, and the identifiers whose file is missing or of another size.
  func sweep(shard: String, expected: [String: Int64]) throws(FileSystemError) -> (removed: Int, damaged: [String]) {
    let names = Set(try FileSystem.names(in: "\(root)/blobs/\(shard)"))
    let orphans = names.subtracting(expected.keys)
    for name in orphans { try FileSystem.remove("\(root)/blobs/\(shard)/\(name)") }
    var damaged: [String] = []
    for (id, size) in expected {
      let actual = names.contains(id) ? try open(id).size() : nil
      if actual != size { damaged.append(id) }
    }
    return (orphans.count, damaged.sorted())
  }
}
