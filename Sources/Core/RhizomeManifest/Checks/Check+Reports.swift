internal import RhizomeModel

/// Scheduled drift reports.
extension Check {
  /// What would keep a report from arriving, and what must not stand in a URL.
  @Sendable static func reports(_ catalog: Catalog, _ report: inout Report) {
    guard let cluster = catalog.all(.cluster).first, !cluster.hasErrors else { return }
    let engine = cluster.spec["storage"]["engine"].text ?? "embedded"
    for (name, spec) in cluster.spec["reports"].map ?? [:] {
      let place = spec["to"]
      if let url = place["webhook"]["url"].text, let problem = problem(withHook: url) {
        add(["webhook", "url"], "the URL \(problem)", name, cluster, &report)
      }
      if !place["bucket"].isNull, engine != "embedded" {
        let message = "only a bucket of the embedded storage can be written to, and the engine is '\(engine)'"
        add(["bucket"], message, name, cluster, &report)
      }
      if let prefix = place["bucket"]["prefix"].text, prefix.utf8.count > 500 || !isPrintable(prefix) {
        add(["bucket", "prefix"], "a prefix has at most 500 bytes, and no control characters", name, cluster, &report)
      }
    }
  }

  /// Words that follow "the URL"; nil when nothing is wrong.
  private static func problem(withHook url: String) -> String? {
    guard url.hasPrefix("https://") || url.hasPrefix("http://") else { return "must begin with https:// or http://" }
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "may hold ASCII letters only, and no spaces" }
    let authority = url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    return authority.contains("@") ? "may hold no user and no password: use 'secret', or 'urlSecret'" : nil
  }

  private static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }

  private static func add(
    _ field: [String],
    _ message: String,
    _ name: String,
    _ cluster: Declaration,
    _ report: inout Report
  ) {
    let location = cluster.location(of: FieldPath(["reports", name, "to"] + field))
    report.add(Diagnostic(.reportPlace, message, at: location))
  }
}
