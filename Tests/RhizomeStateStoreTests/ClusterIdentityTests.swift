import Foundation
import PrivateFiles
import RhizomeModel
import StateStoreConformance
import Testing

@testable import RhizomeStateStore

@Suite("The name of a cluster")
struct ClusterIdentityTests {
  @Test(arguments: [
    "", "4f1c09ab27d6e35", "4f1c09ab27d6e3588", "4F1C09AB27D6E358", "4f1c09ab27d6e35g", "４f1c09ab27d6e3",
  ])
  func otherTextIsNoName(text: String) { #expect(ClusterID(text) == nil) }

  @Test("a new cluster has its name in both places, and keeps it")
  func madeOnce() async throws {
    try await withPlace { place in
      let first = try await place.outcome()
      #expect(first == "new a")
      #expect(try place.text == "aaaaaaaaaaaaaaaa\n")
      #expect(try mode(of: place.file.path) == 0o600)
      #expect(try await place.outcome(fresh: "b") == "records a")
    }
  }

  @Test("records of an earlier version get the file at their next start")
  func earlierVersion() async throws {
    try await withPlace { place in
      _ = try await place.settle()
      try PrivateFiles.remove(place.file.path)
      #expect(try await place.outcome(fresh: "b").last == "a")
      #expect(try place.text == "aaaaaaaaaaaaaaaa\n")
    }
  }

  @Test("lost records come back under the name in the file")
  func lostRecords() async throws {
    try await withPlace { place in
      try place.file.create(try id("c"))
      #expect(try await place.outcome() == "file c")
      #expect(try await place.outcome(fresh: "b") == "records c")
    }
  }

  @Test("whoever lost everything says the name")
  func lostFolder() async throws {
    try await withPlace { place in
      let first = try await place.outcome(told: "d")
      #expect(first == "told d")
      #expect(try place.text == "dddddddddddddddd\n")
      #expect(try await place.outcome(told: "d") == "records d")
    }
  }

  @Test("beside what another cluster made, nothing begins without a word")
  func strangers() async throws {
    try await withPlace { place in
      let (c, d) = (try id("c"), try id("d"))
      await place.refuses(
        told: nil,
        found: "cd",
        saying: "mark of the cluster cccccccccccccccc, dddddddddddddddd",
        "--cluster-id cccccccccccccccc",
        "To begin a new cluster",
        "--cluster-id aaaaaaaaaaaaaaaa"
      )
      #expect(try await place.store.list(try StatePrefix("meta/")).entries.isEmpty)
      #expect(try place.file.read() == nil)
      #expect(try await place.settle(told: "e", found: "cd").strangers == [c, d])
      // Records are known by now: marks of others are nothing new.
      #expect(try await place.settle(found: "cd").strangers == [])
    }
  }

  @Test("who comes back under a name that is on no mark is told so, and nobody else", arguments: ["c", "ca"])
  func strangersBesideAFile(found: String) async throws {
    try await withPlace { place in
      try place.file.create(try id("a"))
      let strangers = try await place.settle(found: found).strangers
      #expect(strangers == (found == "c" ? [try id("c")] : []))
    }
  }

  @Test("two places that name two clusters are never decided between")
  func disagreement() async throws {
    try await withPlace { place in
      _ = try await place.settle()
      await place.refuses(
        told: "d",
        saying: "--cluster-id says dddddddddddddddd",
        "those of the cluster aaaaaaaaaaaaaaaa"
      )
      try PrivateFiles.write(Array("eeeeeeeeeeeeeeee".utf8), to: place.file.path)
      await place.refuses(told: nil, saying: "cluster-id names the cluster eeeeeeeeeeeeeeee", "of aaaaaaaaaaaaaaaa")
      #expect(try place.text == "eeeeeeeeeeeeeeee")
    }
    try await withPlace { place in
      try place.file.create(try id("e"))
      await place.refuses(told: "d", saying: "--cluster-id says dddddddddddddddd", "names the cluster eeeeeeeeeeeeeeee")
      #expect(try await place.outcome().last == "e")
    }
  }

  @Test(arguments: ["", "\n", "0123456789abcdef0", "0123456789abcdef\n0", String(repeating: "a", count: 65)])
  func anotherFileIsRefusedAndKept(content: String) async throws {
    try await withPlace { place in
      try PrivateFiles.write(Array(content.utf8), to: place.file.path)
      let error = await #expect(throws: StateStoreError.self) { try await place.settle() }
      #expect(error?.code == .damaged)
      #expect(error?.message.contains("Put it back from a copy") == true)
      #expect(try place.text == content)
      #expect(try await place.store.list(try StatePrefix("meta/")).entries.isEmpty)
    }
  }

  @Test("a file that others may change says nothing")
  func openFile() async throws {
    try await withPlace { place in
      try place.file.create(try id("c"))
      chmod(place.file.path, 0o644)
      let error = await #expect(throws: StateStoreError.self) { try await place.settle() }
      #expect(error?.code == .notPrivate)
      #expect(error?.message.contains("chmod 600") == true)
    }
  }

  @Test("of daemons that start on the same new records, all get one name")
  func atTheSameTime() async throws {
    try await withPlace { place in
      let ids = try await withThrowingTaskGroup(of: ClusterID.self) { group in
        for digit in "0123456789" { group.addTask { try await place.settle(fresh: String(digit)).id } }
        return try await group.reduce(into: Set<ClusterID>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      #expect(try place.file.read() == ids.first)
    }
  }
}

/// New records and the folder beside them.
private struct Place {
  let store = MemoryStateStore()
  let folder: String
  var file: ClusterIdentityFile { ClusterIdentityFile(folder + "/cluster-id") }

  /// What is in the file.
  var text: String {
    get throws { String(decoding: try PrivateFiles.read(file.path, limit: 10_000), as: UTF8.self) }
  }

  @discardableResult
  func settle(told: String? = nil, found: String = "", fresh: String = "a") async throws -> ClusterIdentity {
    try await ClusterIdentity.settle(
      in: store,
      file: file,
      told: try told.map(id),
      found: { Set(try found.map { try id(String($0)) }) },
      fresh: try id(fresh),
      folder: folder
    )
  }

  /// How the name was come by, and its digit.
  func outcome(told: String? = nil, fresh: String = "a") async throws -> String {
    let identity = try await settle(told: told, fresh: fresh)
    return "\(identity.origin) \(identity.id.description.prefix(1))"
  }

  func refuses(told: String?, found: String = "", saying words: String...) async {
    let error = await #expect(throws: ClusterIdentityConflict.self) { try await settle(told: told, found: found) }
    for word in words { #expect(error?.description.contains(word) == true, "\(error?.description ?? "")") }
  }
}

/// The name made of one digit.
private func id(_ digit: String) throws -> ClusterID {
  try #require(ClusterID(String(repeating: digit, count: ClusterID.length)))
}

private func withPlace(_ body: (Place) async throws -> Void) async throws {
  try await withTemporaryDirectory { directory in
    try PrivateFiles.makeDirectory(directory)
    try await body(Place(folder: directory))
  }
}
