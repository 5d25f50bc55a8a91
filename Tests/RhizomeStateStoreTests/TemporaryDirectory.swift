import Foundation
import RhizomeTestSupport

/// Lends a fresh directory and removes it afterwards.
func withTemporaryDirectory<T>(_ body: (String) async throws -> T) async throws -> T {
  let path = FileManager.default.temporaryDirectory.path + "/state-store-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try await body(path)
}

/// The permission bits of a file.
func mode(of path: String) throws -> Int {
  let attributes = try FileManager.default.attributesOfItem(atPath: path)
  return (attributes[.posixPermissions] as? Int) ?? -1
}

extension VirtualClock {
  /// Lets so much time pass.
  func advance(by duration: Duration) { advance(to: now.advanced(by: duration)) }
}
