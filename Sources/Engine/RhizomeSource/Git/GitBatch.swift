/// What `git cat-file --batch` answers: for each object a line `OBJECT SP TYPE SP SIZE`, its bytes and a newline.
package enum GitBatch {
  /// The contents, in the order in which they were asked for.
  /// - Throws: `GitFailure` when the answer is cut off or of another form, or an object is missing.
  package static func contents(of answer: [UInt8], count: Int) throws(GitFailure) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    var position = 0
    while contents.count < count {
      let size = try header(answer, &position)
      guard size >= 0, position + size < answer.count else { throw cutOff }
      contents.append(Array(answer[position..<(position + size)]))
      position += size + 1
    }
    return contents
  }

  /// What `git cat-file --batch-check` answers: the sizes, likewise.
  package static func sizes(of answer: [UInt8], count: Int) throws(GitFailure) -> [Int] {
    var sizes: [Int] = []
    var position = 0
    while sizes.count < count { sizes.append(try header(answer, &position)) }
    return sizes
  }

  private static func header(_ answer: [UInt8], _ position: inout Int) throws(GitFailure) -> Int {
    guard let end = answer[position...].firstIndex(of: UInt8(ascii: "\n")) else { throw cutOff }
    let words = String(decoding: answer[position..<end], as: UTF8.self).split(separator: " ")
    guard words.count == 3, words[1] == "blob", let size = Int(words[2]), size >= 0 else {
      throw GitFailure(.damaged, "the copy of the repository is damaged: \(words.joined(separator: " ").prefix(200))")
    }
    position = end + 1
    return size
  }

  private static var cutOff: GitFailure { GitFailure(.damaged, "git's answer was cut off") }
}
