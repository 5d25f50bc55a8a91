import Foundation
import NFTables
import ProgramRunner

/// A network namespace with a ruleset of its own.
struct Sandbox: Sendable {
  let name: String

  static let works = getuid() == 0 && (try? NFTables.installed()) != nil

  /// Makes one, hands it over, and removes it whatever happens.
  static func with(_ body: (NFTables, Sandbox) async throws -> Void) async throws {
    let sandbox = Sandbox(name: "rhz-nft-\(UInt32.random(in: 0 ... .max))")
    try await sandbox.run(["/usr/sbin/ip", "netns", "add", sandbox.name])
    do {
      try await body(NFTables(program: sandbox.inside + ["nft"]), sandbox)
    } catch {
      try await sandbox.run(["/usr/sbin/ip", "netns", "delete", sandbox.name])
      throw error
    }
    try await sandbox.run(["/usr/sbin/ip", "netns", "delete", sandbox.name])
  }

  private var inside: [String] { ["/usr/sbin/ip", "netns", "exec", name] }

  /// What calls `nft` in here, for a shell.
  var command: String { (inside + ["nft"]).joined(separator: " ") }

  /// A program in the place of `nft` before whose listing of our table something happens.
  func tables(beforeListing event: String) -> NFTables {
    let script = "case \"$*\" in *'list table '*) \(event);; esac; exec \(command) \"$@\""
    return NFTables(program: ["/bin/sh", "-c", script, "nft"])
  }

  struct Failure: Error { let words: [String], errors: String }

  @discardableResult
  func run(_ words: [String], input: String = "") async throws -> String {
    let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    let call = ProgramCall(words[0], Array(words.dropFirst()), environment: path, input: Array(input.utf8))
    let outcome = try await ProgramRunner.run(call, limits: ProgramLimits(time: .seconds(30)))
    guard outcome.isSuccess else { throw Failure(words: words, errors: outcome.errorText) }
    return outcome.outputText
  }

  /// A change by hand.
  func nft(_ script: String) async throws { try await run(inside + ["nft", "-f", "-"], input: script + "\n") }

  func ruleset() async throws -> String { try await run(inside + ["nft", "list", "ruleset"]) }

  /// The handle of the first rule with this comment.
  func handle(of comment: String) async throws -> Int? {
    let lines = try await run(inside + ["nft", "-a", "list", "table", "inet", "rhizome"]).split(separator: "\n")
    let line = lines.first { $0.contains("\"\(comment)\"") }
    return line.flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
  }
}
