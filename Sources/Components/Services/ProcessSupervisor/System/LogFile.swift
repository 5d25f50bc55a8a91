internal import Foundation
internal import PrivateFiles
internal import Synchronization

/// What a process wrote, in files of bounded size that only their user can read: `path`, and older ones as `path.1`,
/// `path.2` and so on.
package final class LogFile: Sendable {
  private struct State {
    var descriptor: Int32 = -1
    var size = 0
    var nextFollower = 0
    var followers: [Int: AsyncStream<[UInt8]>.Continuation] = [:]
  }

  /// Chunks that a follower who does not read may have waiting; older ones are dropped for it.
  private static let chunksWaiting = 256

  private let path: String
  private let bytesPerFile: Int
  private let olderFiles: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - bytesPerFile: a file that would grow beyond is put aside.
  ///   - olderFiles: how many files put aside are kept.
  package init(path: String, bytesPerFile: Int = 1 << 20, olderFiles: Int = 3) {
    self.path = path
    self.bytesPerFile = bytesPerFile
    self.olderFiles = olderFiles
  }

  deinit {
    let state = state.withLock { $0 }
    if state.descriptor >= 0 { close(state.descriptor) }
    for follower in state.followers.values { follower.finish() }
  }

  /// Appends bytes. A disk that refuses loses them: the process must not be held up for its log.
  func append(_ bytes: [UInt8]) {
    state.withLock { state in
      prepare(&state, for: bytes.count)
      let written = bytes.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
      state.size += max(written, 0)
      for follower in state.followers.values { follower.yield(bytes) }
    }
  }

  /// The last `lines` lines.
  package func tail(lines: Int) -> [UInt8] { state.withLock { _ in readTail(lines: lines) } }

  /// The last `lines` lines and then, without a gap, what is appended, until the reader stops.
  package func follow(tail lines: Int) -> AsyncStream<[UInt8]> {
    let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(
      bufferingPolicy: .bufferingNewest(LogFile.chunksWaiting)
    )
    let follower = state.withLock { state in
      let past = readTail(lines: lines)
      if !past.isEmpty { continuation.yield(past) }
      state.nextFollower += 1
      state.followers[state.nextFollower] = continuation
      return state.nextFollower
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.followers.removeValue(forKey: follower) }
    }
    return stream
  }

  private func prepare(_ state: inout State, for count: Int) {
    if state.descriptor >= 0, state.size > 0, state.size + count > bytesPerFile {
      close(state.descriptor)
      state.descriptor = -1
      rotate()
    }
    guard state.descriptor < 0 else { return }
    state.descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    state.size = state.descriptor < 0 ? 0 : Int(lseek(state.descriptor, 0, SEEK_END))
  }

  private func rotate() {
    for number in stride(from: olderFiles, to: 0, by: -1) {
      rename(number == 1 ? path : "\(path).\(number - 1)", "\(path).\(number)")
    }
    if olderFiles == 0 { unlink(path) }
  }

  private func readTail(lines: Int) -> [UInt8] {
    guard lines > 0 else { return [] }
    var bytes: [UInt8] = []
    for number in 0...olderFiles {
      let file = number == 0 ? path : "\(path).\(number)"
      bytes = ((try? PrivateFiles.read(file, limit: bytesPerFile + LogFile.largestChunk)) ?? []) + bytes
      if let start = LogFile.start(ofLast: lines, in: bytes) { return Array(bytes[start...]) }
    }
    return bytes
  }

  /// How much is appended at once, so that a file can be that much larger.
  static let largestChunk = 16 << 10

  /// Where the last `lines` lines begin; nil when there are fewer.
  private static func start(ofLast lines: Int, in bytes: [UInt8]) -> Int? {
    var remaining = lines
    // A newline at the very end closes the last line and begins none.
    for index in bytes.indices.dropLast().reversed() where bytes[index] == UInt8(ascii: "\n") {
      remaining -= 1
      if remaining == 0 { return index + 1 }
    }
    return nil
  }
}
