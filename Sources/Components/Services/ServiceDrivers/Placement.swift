#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
package import ProcessSupervisor
package import RhizomeModel

/// A service as this node runs it: what was asked for, whose it is, and what was made of that.
package struct Placement: Sendable, Hashable {
  package let address: Address
  package var mark: OwnershipMark
  /// As applied; sensitive values by fingerprint.
  package var attributes: Value
  /// How to run it; nil for engines that are part of this program.
  package var process: ProcessDefinition?

  package init(address: Address, mark: OwnershipMark, attributes: Value, process: ProcessDefinition?) {
    self.address = address
    self.mark = mark
    self.attributes = attributes
    self.process = process
  }

  /// How many instances were asked for; only none or some matters to one node.
  var isWanted: Bool { (attributes["replicas"].integer ?? 1) > 0 }
}

extension Placement: Codable {
  private enum CodingKeys: String, CodingKey { case address, mark, attributes, process }

  private struct StoredProcess: Codable {
    let command: [String]
    let environment: [String: String]
    let workingDirectory: String?
    let files: [StoredFile]
    let stopGraceMilliseconds: Int64
  }

  private struct StoredFile: Codable {
    let path: String
    let content: Data
    let mode: UInt32
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    address = try container.decode(Address.self, forKey: .address)
    mark = try container.decode(OwnershipMark.self, forKey: .mark)
    attributes = try container.decode(Value.self, forKey: .attributes)
    let stored = try container.decodeIfPresent(StoredProcess.self, forKey: .process)
    process = stored.map { [address] stored in
      ProcessDefinition(
        name: address.name,
        command: stored.command,
        environment: stored.environment,
        workingDirectory: stored.workingDirectory,
        files: stored.files.map { RenderedFile(path: $0.path, content: [UInt8]($0.content), mode: $0.mode) },
        stopGrace: .milliseconds(stored.stopGraceMilliseconds)
      )
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(address, forKey: .address)
    try container.encode(mark, forKey: .mark)
    try container.encode(attributes, forKey: .attributes)
    let stored = process.map { process in
      StoredProcess(
        command: process.command,
        environment: process.environment,
        workingDirectory: process.workingDirectory,
        files: process.files.map { StoredFile(path: $0.path, content: Data($0.content), mode: $0.mode) },
        stopGraceMilliseconds: process.stopGrace.components.seconds * 1_000
          + process.stopGrace.components.attoseconds / 1_000_000_000_000_000
      )
    }
    try container.encodeIfPresent(stored, forKey: .process)
  }
}
