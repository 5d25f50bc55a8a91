import RhizomeModel
import RhizomeSource
import Testing

@Suite("What the forge is told")
struct ForgeTests {
  private static let id = String(repeating: "a", count: 40)
  private static let moment = Timestamp(milliseconds: 1_000)

  private static func settings(_ kind: ForgeSettings.Kind, url: String = "https://git.example") -> ForgeSettings {
    ForgeSettings(kind: kind, url: url, repository: "plant/in fra", context: "rhizome", token: "t0ken")
  }

  private static func verdict(_ state: CommitVerdict.State, _ sentence: String = "no", id: String = id) -> CommitVerdict
  {
    CommitVerdict(id, state, sentence)
  }

  // MARK: - Calls

  @Test(
    "each forge is called at its own path",
    arguments: [
      (ForgeSettings.Kind.forgejo, "https://git.example/api/v1/repos/plant/in%20fra/statuses/"),
      (.gitea, "https://git.example/api/v1/repos/plant/in%20fra/statuses/"),
      (.github, "https://git.example/api/v3/repos/plant/in%20fra/statuses/"),
      (.gitlab, "https://git.example/api/v4/projects/plant%2Fin%20fra/statuses/"),
    ]
  )
  func paths(kind: ForgeSettings.Kind, path: String) {
    #expect(ForgeCall(Self.verdict(.success), Self.settings(kind)).url == path + Self.id)
  }

  @Test("GitHub itself has another host for its API")
  func github() {
    let call = ForgeCall(Self.verdict(.success), Self.settings(.github, url: "https://github.com"))
    #expect(call.url == "https://api.github.com/repos/plant/in%20fra/statuses/" + Self.id)
  }

  @Test("bodies say context, state and description in each forge's words")
  func bodies() {
    let github = ForgeCall(Self.verdict(.failure, "a \"b\""), Self.settings(.github))
    #expect(github.body == #"{"context":"rhizome","description":"a \"b\"","state":"failure"}"#)
    let gitlab = ForgeCall(Self.verdict(.failure), Self.settings(.gitlab))
    #expect(gitlab.body == #"{"description":"no","name":"rhizome","state":"failed"}"#)
  }

  @Test("a sentence is one printable line that every forge takes")
  func sentences() {
    let verdict = Self.verdict(.failure, "a\n\u{1B}[2J\u{202E}" + String(repeating: "ü", count: 300))
    #expect(verdict.sentence.count == 140)
    #expect(verdict.sentence.hasPrefix("a  [2J ü") && verdict.sentence.hasSuffix("…"))
  }

  @Test(
    "answers are told in words, and the token never",
    arguments: [
      ("{}\n201", nil), ("bad t0ken t0ken\n401", "refuses the token"), ("\n404", "knows no repository"),
      ("\n302", "has moved"), ("busy\n503", "is not well"), ("garbage", "no known form"), ("", "no known form"),
      ("x\n422", "refuses the status"),
    ] as [(String, String?)]
  )
  func answers(answer: String, word: String?) {
    let call = ForgeCall(Self.verdict(.success), Self.settings(.forgejo))
    let failure = call.failure(exitCode: 0, answer: answer, errorText: "")
    #expect(failure.map { $0.contains(word ?? "-") } ?? (word == nil))
    #expect(failure?.contains("t0ken") != true)
  }

  @Test("no answer is told, and GitLab's word for what is set already is none")
  func oddAnswers() {
    let call = ForgeCall(Self.verdict(.pending), Self.settings(.gitlab))
    #expect(call.failure(exitCode: 7, answer: "", errorText: "refused t0ken")?.contains("cannot be reached") == true)
    let repeated = #"{"message":"Cannot transition status via :enqueue from :pending"}"# + "\n400"
    #expect(call.failure(exitCode: 0, answer: repeated, errorText: "") == nil)
  }

  // MARK: - Settings

  @Test(
    "forge and repository follow from the repository's URL",
    arguments: [
      ("https://git.example:8443/plant/infra.git", "https://git.example:8443", "plant/infra"),
      ("ssh://git@git.example:2222/plant/infra.git", "https://git.example", "plant/infra"),
      ("https://gitlab.example/a/b/c", "https://gitlab.example", "a/b/c"),
    ]
  )
  func places(git: String, url: String, repository: String) {
    let spec: Value = ["url": .string(git), "status": ["forge": "gitlab", "token": "t"]]
    let settings = ForgeSettings(spec) { $0 == "t" ? " s3cret\n" : nil }
    #expect(settings?.url == url && settings?.repository == repository && settings?.token == "s3cret")
    #expect(ForgeSettings(spec) { _ in nil } == nil)
    #expect(!"\(String(describing: settings)) \(String(reflecting: settings))".contains("s3cret"))
  }

  // MARK: - What to send when

  private static func state(_ record: ForgeRecord = ForgeRecord()) -> ForgeReportState {
    var state = ForgeReportState(record: record)
    state.follow(settings(.forgejo))
    return state
  }

  private static func send(_ state: inout ForgeReportState, failure: String? = nil, now: Duration = .zero) {
    guard case .send(let verdict) = state.next(now: now) else { return }
    state.sent(verdict, failure: failure, now: now, at: moment, jitter: 0.5)
  }

  @Test("what was written is not written again, not after a restart either")
  func once() {
    var state = Self.state()
    state.report(Self.verdict(.success))
    #expect(state.next(now: .zero) == .send(Self.verdict(.success)))
    #expect(state.next(now: .zero) == .wait(until: nil))
    state.sent(Self.verdict(.success), failure: nil, now: .zero, at: Self.moment, jitter: 0)
    state.report(Self.verdict(.success))
    #expect(state.next(now: .zero) == .wait(until: nil))
    var later = Self.state(state.record)
    later.report(Self.verdict(.success))
    #expect(later.next(now: .zero) == .wait(until: nil))
    later.report(Self.verdict(.failure))
    #expect(later.next(now: .zero) == .send(Self.verdict(.failure)))
  }

  @Test("a failure is tried again, ever more rarely, and a commit that the forge does not know holds up no other")
  func backoff() {
    var state = Self.state()
    let other = String(repeating: "b", count: 40)
    state.report(Self.verdict(.success))
    Self.send(&state, failure: "away")
    #expect(state.failure == "away" && state.failureCount == 1)
    #expect(state.next(now: .seconds(4)) == .wait(until: .seconds(5)))
    state.report(Self.verdict(.success, id: other))
    Self.send(&state, failure: "away", now: .seconds(5))
    #expect(state.next(now: .seconds(15)) == .send(Self.verdict(.success, id: other)))
    state.sent(Self.verdict(.success, id: other), failure: nil, now: .seconds(15), at: Self.moment, jitter: 0.5)
    #expect(state.failure == nil && state.waiting == [Self.verdict(.success)])
    for _ in 0..<40 { Self.send(&state, failure: "away", now: .seconds(1_000_000)) }
    var now = Duration.seconds(2_000_000)
    while case .send(let verdict) = state.next(now: now) {
      state.sent(verdict, failure: "away", now: now, at: Self.moment, jitter: 1)
      now += .seconds(5_000)
    }
    #expect(state.waiting.isEmpty)
  }

  @Test("what has become of a commit meanwhile is not lost")
  func overtaken() {
    var state = Self.state()
    state.report(Self.verdict(.pending))
    #expect(state.next(now: .zero) == .send(Self.verdict(.pending)))
    state.report(Self.verdict(.success))
    state.sent(Self.verdict(.pending), failure: nil, now: .zero, at: Self.moment, jitter: 0)
    #expect(state.next(now: .zero) == .send(Self.verdict(.success)))
  }

  @Test("new settings are tried at once, and another forge is told anew; nothing waits where nothing is declared")
  func settingsChange() {
    var state = Self.state()
    state.report(Self.verdict(.success))
    Self.send(&state, failure: "the token is bad")
    state.follow(Self.settings(.gitea))
    #expect(state.failure == nil && state.next(now: .zero) == .send(Self.verdict(.success)))
    state.follow(nil)
    state.sent(Self.verdict(.success), failure: nil, now: .zero, at: Self.moment, jitter: 0)
    #expect(state.record.written.isEmpty)
    #expect(state.next(now: .seconds(9)) == .wait(until: nil))
  }
}
