import RhizomeModel

/// For build servers: each difference is a failed test case, what could not be looked at is an error, what is muted, kept
/// on purpose or somebody else's was skipped, and what went away passes. Valid by the schema of Jenkins' xUnit plugin (`junit-10.xsd`).
extension DriftReport {
  package var junit: String {
    let skipped = entries.count(where: \.isForeign)
    let failures = entries.count { $0.kind != .unknown } - skipped
    let calm = entries.isEmpty ? [DriftReport.success] : entries.map(DriftReport.testCase)
    let cases = calm + muted.map(DriftReport.testCase) + resolved.map(DriftReport.testCase)
    let bad = "failures=\"\(failures)\" errors=\"\(entries.count - failures - skipped)\""
    let counts = "tests=\"\(cases.count)\" \(bad) skipped=\"\(muted.count + skipped)\""
    let name = Markup.attribute("drift of \(cluster)")
    let time = Markup.attribute(String(generatedAt.description.prefix(19)))
    let suite =
      "id=\"0\" package=\"rhizome\" name=\(name) \(counts) time=\"0\" timestamp=\(time) hostname=\"localhost\""
    let body = cases.map { "    \($0)\n" }.joined()
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite \(suite)>
          <properties/>
      \(body)    <system-out/>
          <system-err/>
        </testsuite>
      </testsuites>

      """
  }

  private static let success = testCase("everything is as Rhizome made it", "drift", "")

  private static func testCase(_ entry: DriftEntry) -> String {
    let element = entry.kind == .unknown ? "error" : "failure"
    let message = Markup.attribute(DriftText.sentence(entry))
    guard !entry.isForeign else {
      return testCase(DriftText.subject(entry), entry.address.kind.rawValue, "<skipped message=\(message)/>")
    }
    let type = Markup.attribute(entry.kind.rawValue)
    let since = entry.since.map { "since \($0), " } ?? ""
    let times = entry.timesSeen.flatMap { $0 > 1 ? "seen \($0) times, " : nil } ?? ""
    let text = Markup.text("\(since)\(times)policy \(entry.policy.rawValue)")
    let finding = "<\(element) type=\(type) message=\(message)>\(text)</\(element)>"
    return testCase(DriftText.subject(entry), entry.address.kind.rawValue, finding)
  }

  private static func testCase(_ muted: MutedDrift) -> String {
    let message = Markup.attribute("muted until \(DriftText.moment(muted.mute.until)): \(DriftText.muted(muted))")
    let (name, group) = (DriftText.subject(muted.entry), muted.entry.address.kind.rawValue)
    return testCase(name, group, "<skipped message=\(message)/>")
  }

  private static func testCase(_ resolved: ResolvedDrift) -> String {
    let name = "\(DriftText.subject(resolved.entry)), resolved \(resolved.resolvedAt)"
    let text = "<system-out>\(Markup.text(DriftText.resolved(resolved)))</system-out>"
    return testCase(name, resolved.entry.address.kind.rawValue, text)
  }

  private static func testCase(_ name: String, _ group: String, _ content: String) -> String {
    let tag = "testcase name=\(Markup.attribute(name)) classname=\(Markup.attribute(group)) time=\"0\""
    return content.isEmpty ? "<\(tag)/>" : "<\(tag)>\(content)</testcase>"
  }
}
