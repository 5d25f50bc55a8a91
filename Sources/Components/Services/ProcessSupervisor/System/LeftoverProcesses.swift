internal import Foundation

/// A process, told apart from a later one with the same pid.
struct ProcessIdentity: Sendable, Hashable {
  let pid: Int32
  /// In clock ticks since the machine was started (`proc(5)`, `/proc/PID/stat`, field 22).
  let startTime: UInt64

  /// The process that has this pid now; nil when there is none, or the system does not tell.
  static func current(_ pid: Int32) -> ProcessIdentity? {
    guard let stat = contents("/proc/\(pid)/stat", limit: 4_096) else { return nil }
    // The second field is the program's name in parentheses, which may hold anything, so count from its end.
    guard let close = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[(close + 1)...].split(separator: UInt8(ascii: " "))
    // Field 3 is the first one here. A zombie has ended already.
    guard fields.count > 19, fields[0] != [UInt8(ascii: "Z")] else { return nil }
    return UInt64(String(decoding: fields[19], as: UTF8.self)).map { ProcessIdentity(pid: pid, startTime: $0) }
  }

  /// Whether this very process still runs.
  var isAlive: Bool { ProcessIdentity.current(pid) == self }

  /// Reads a small file of `/proc`, whose size cannot be known before.
  fileprivate static func contents(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < limit {
      let count = read(descriptor, &chunk, chunk.count)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return bytes
  }
}

/// Processes that a killed supervisor left behind: those it recorded, and everything with its mark in the environment,
/// which children of children inherit.
enum LeftoverProcesses {
  /// The variable that carries the mark.
  static let variable = "SUPERVISOR_MARK"
  private static let patience = Duration.seconds(3)

  /// All of them, with the name of the process they belong to.
  static func find(root: String, mark: String) -> [(name: String, identity: ProcessIdentity)] {
    let recorded = ProcessFolder.recordedIdentities(root: root).filter(\.identity.isAlive)
    let known = Set(recorded.map(\.identity))
    return recorded + marked(mark).filter { !known.contains($0.identity) }
  }

  /// Asks a process to end, and ends it when it does not within a few seconds.
  static func end(_ identity: ProcessIdentity) async {
    for signal in [SIGTERM, SIGKILL] {
      guard identity.isAlive else { return }
      kill(identity.pid, signal)
      let deadline = ContinuousClock.now + patience
      while identity.isAlive, ContinuousClock.now < deadline {
        // Shielded: a cancelled start must still not leave two copies running.
        await Task { try? await Task.sleep(for: .milliseconds(10)) }.value
      }
    }
  }

  private static func marked(_ mark: String) -> [(name: String, identity: ProcessIdentity)] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { Int32($0) }.sorted().compactMap { pid in
      guard pid != getpid(), let name = name(of: pid, mark: mark) else { return nil }
      return ProcessIdentity.current(pid).map { (name, $0) }
    }
  }

  /// What follows the mark in the environment of a process; nil without the mark.
  private static func name(of pid: Int32, mark: String) -> String? {
    let prefix = Array("\(variable)=\(mark)/".utf8)
    guard let environment = ProcessIdentity.contents("/proc/\(pid)/environ", limit: 1 << 20) else { return nil }
    let variable = environment.split(separator: 0).first { $0.starts(with: prefix) }
    return variable.map { String(decoding: $0.dropFirst(prefix.count), as: UTF8.self) }
  }
}
