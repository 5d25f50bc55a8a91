internal import PrivateFiles
internal import ProgramRunner

/// Posts reports with `curl`. URL and header go to it through its standard input, and the report through a private file:
/// nothing of them is in its arguments, which everybody on the machine can read.
package struct WebhookDelivery: ReportDelivery {
  private let folder: String
  private let curl: @Sendable () -> String?

  /// - Parameters:
  ///   - folder: for what is on its way; made when it is needed, for its user alone.
  ///   - curl: the program; nil when it is not installed.
  package init(folder: String, curl: @escaping @Sendable () -> String? = { InstalledProgram.path("curl") }) {
    (self.folder, self.curl) = (folder, curl)
  }

  package func deliver(_ parcel: ReportParcel) async throws {
    guard case .webhook(let hook) = parcel.report.place else { return }
    let file = "\(folder)/.\(parcel.report.name).outgoing"
    let call = try WebhookDelivery.call(hook, parcel, file: file)
    do {
      try PrivateFiles.makeDirectory(folder)
      try PrivateFiles.write(Array(parcel.text.utf8), to: file)
    } catch {
      throw ReportFailure("it cannot be put aside for sending: \(error)")
    }
    defer { try? PrivateFiles.remove(file) }
    try WebhookDelivery.check(try await run(call, hook), hook)
  }

  private func run(_ call: CurlCall, _ hook: ScheduledReport.Webhook) async throws -> ProgramOutcome {
    guard let curl = curl() else {
      throw ReportFailure("the program curl is not installed; on Debian: apt install curl")
    }
    do {
      return try await ProgramRunner.run(call.program(curl), limits: ProgramLimits(time: hook.timeout + .seconds(5)))
    } catch ProgramError.notStarted {
      throw ReportFailure("\(curl) could not be started; on Debian: apt install curl")
    } catch let error as ProgramError {
      throw ReportFailure("\(error)")
    }
  }

  /// What curl is to do.
  static func call(_ hook: ScheduledReport.Webhook, _ parcel: ReportParcel, file: String) throws -> CurlCall {
    guard let url = hook.url, url.hasPrefix("https://") || url.hasPrefix("http://"), isPlain(url) else {
      throw ReportFailure("the webhook's URL is not there yet, or does not begin with https:// or http://")
    }
    guard !hook.needsValue || hook.value.map(isPlain) == true else {
      throw ReportFailure("the webhook's secret is not there yet, or holds a line break or another control character")
    }
    let seconds = max(1, hook.timeout.components.seconds)
    let headers =
      ["Content-Type: \(parcel.report.format.contentType)", "User-Agent: rhizome", "Expect:"]
      + ["X-Rhizome-Report: \(parcel.report.name)", "X-Rhizome-Time: \(parcel.slot)"]
      + (hook.value.map { ["\(hook.header): \($0)"] } ?? [])
    let settings =
      [
        ("url", url), ("request", "POST"), ("data-binary", "@\(file)"), ("proto", "=http,https"), ("max-redirs", "0"),
        ("connect-timeout", String(min(10, seconds))), ("max-time", String(seconds)), ("output", "/dev/null"),
        ("max-filesize", "1000000"), ("write-out", "%{http_code}"),
      ]
    return CurlCall(settings, headers: headers)
  }

  private static func isPlain(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
  }

  private static func check(_ outcome: ProgramOutcome, _ hook: ScheduledReport.Webhook) throws {
    let code = Int(outcome.outputText) ?? 0
    if outcome.isSuccess, (200..<300).contains(code) { return }
    guard code == 0 else { throw ReportFailure("the webhook at \(host(hook)) answered \(code)") }
    throw ReportFailure("the webhook at \(host(hook)) cannot be reached (\(reason(outcome.exitCode)))")
  }

  /// The exit codes of curl(1) that people can do something about. Its own words may repeat the URL.
  private static func reason(_ code: Int32?) -> String {
    switch code {
    case 6: "its name is not known"
    case 7: "the connection was refused"
    case 28: "it did not answer in time"
    case 35, 58, 59: "TLS could not be spoken with it"
    case 51, 60: "its certificate is not to be trusted"
    case 52, 56: "it hung up"
    case .some(let code): "curl gave up with code \(code)"
    case nil: "curl was ended"
    }
  }

  /// All of the URL that is never a secret.
  private static func host(_ hook: ScheduledReport.Webhook) -> String {
    let authority = hook.url?.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first ?? ""
    let end = authority.firstIndex { "?#".contains($0) } ?? authority.endIndex
    let host = authority[..<end].split(separator: "@").last ?? "?"
    return String(host.prefix(200))
  }
}
