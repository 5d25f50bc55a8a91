import ArgumentParser
import RhizomeAPI
import RhizomeClient
import RhizomeModel

/// `rhizome drift mute`
struct MuteDrift: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mute",
    abstract: "Say that a difference is known, and need not be told until a day.",
    discussion: "It silences reports only: what the drift policy says is done all the same."
  )

  @OptionGroup var subject: MuteSubject
  @Option(help: "A day, a time, or how long (`2026-12-01`, `2026-12-01T10:00Z`, `36h`, `7d`).")
  var until: Moment
  @Option(help: "Why, for those who read the report.")
  var because: String
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let request = MuteRequest(
      address: try Selection.address(subject.address),
      field: try subject.path(),
      until: until.after(.now),
      because: because,
      author: Author.current
    )
    let before = try await connection.client.mutes()
    let now = try await connection.client.mute(request)
    if let replaced = MuteText.replaced(request, before) { Printer.out(replaced) }
    Printer.out(MuteText.table(now))
  }
}

/// `rhizome drift unmute`
struct UnmuteDrift: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "unmute", abstract: "Tell a difference again.")

  @OptionGroup var subject: MuteSubject
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let address = try Selection.address(subject.address)
    let request = UnmuteRequest(address: address, field: try subject.path(), author: Author.current)
    Printer.out(MuteText.table(try await connection.client.unmute(request)))
  }
}

/// `rhizome drift mutes`
struct ListMutes: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "mutes", abstract: "List what is muted, and why.")

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  func run() async throws {
    let mutes = try await connection.client.mutes()
    switch output.format {
    case .json: try Printer.json(mutes)
    case .yaml: Printer.out(try YAMLText.encode(mutes))
    default: Printer.out(MuteText.table(mutes))
    }
  }
}

/// What a mute speaks of.
struct MuteSubject: ParsableArguments {
  @Argument(help: "An address such as `User/alice`.")
  var address: String
  @Argument(help: "A field such as `displayName`; the whole resource when nothing is written.")
  var field: String?

  func path() throws -> FieldPath? {
    guard let field else { return nil }
    guard let path = FieldPath(field) else {
      throw ValidationError("'\(field)' is not a field path, such as `quotas.objects`.")
    }
    return path
  }
}

/// Mutes in words.
enum MuteText {
  /// What a mute took the place of; nil when there was none for the same.
  static func replaced(_ request: MuteRequest, _ before: [DriftMute]) -> String? {
    before.first { $0.address == request.address && $0.field == request.field }.map { old in
      "This takes the place of an earlier mute, until \(old.until) by \(old.author): \(old.because)\n"
    }
  }

  static func table(_ mutes: [DriftMute]) -> String {
    guard !mutes.isEmpty else { return "Nothing is muted." }
    var table = TextTable(["Muted", "Until", "By", "Because"])
    for mute in mutes.sorted(by: { ($0.until, $0.subject) < ($1.until, $1.subject) }) {
      table.append([mute.subject, mute.until.description, mute.author, mute.because])
    }
    return table.text
  }
}
