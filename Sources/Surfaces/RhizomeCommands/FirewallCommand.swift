package import ArgumentParser
import RhizomeAPI
import RhizomeClient

/// `rhizome firewall`
package struct FirewallCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "firewall",
    abstract: "The firewall of this machine: show it, confirm it, try it again.",
    discussion: """
      The first firewall of a machine is taken away again by itself unless somebody confirms it, so that a mistake shuts \
      nobody out for long. To be out of trouble at once, run as root: nft delete table inet rhizome
      """,
    subcommands: [ShowFirewall.self, ConfirmFirewall.self, RetryFirewall.self],
    defaultSubcommand: ShowFirewall.self
  )

  package init() {}
}

/// `rhizome firewall show`
package struct ShowFirewall: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Tell what comes in, and whether it was confirmed."
  )

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    try FirewallPage.write(await connection.client.firewall(.show), as: output.format)
  }
}

/// `rhizome firewall confirm`
package struct ConfirmFirewall: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "confirm",
    abstract: "Keep the new firewall: you still get in.",
    discussion: """
      Run this through a NEW connection: leave the old one open, log in again from where you usually do, and confirm there. \
      A connection that was there before the firewall goes on in any case, so confirming through it proves nothing.
      """
  )

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    try FirewallPage.write(await connection.client.firewall(.confirm), as: output.format)
  }
}

/// `rhizome firewall retry`
package struct RetryFirewall: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "retry",
    abstract: "Try the firewall again after it was taken away; then confirm it in time."
  )

  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let view = try await connection.client.firewall(.retry)
    guard output.format == .table else { return try FirewallPage.write(view, as: output.format) }
    Printer.out("The firewall is tried again. \(FirewallPage.toDo)")
  }
}

/// How a firewall is shown.
enum FirewallPage {
  static func write(_ view: FirewallView, as format: OutputFormat) throws {
    switch format {
    case .json: try Printer.json(view)
    case .yaml: Printer.out(try YAMLText.encode(view))
    default: Printer.out(text(view))
    }
  }

  /// What a person has to do while a firewall is tried.
  static let toDo =
    "Log in through a new connection, and run there: rhizome firewall confirm (`rhizome firewall` tells how much time is "
    + "left)"

  static func text(_ view: FirewallView) -> String {
    var lines = ["State:     \(state(view))", "Verdict:   \(view.verdict)"]
    // Without a table of ours there is nothing that it opens.
    if view.state == .none || view.state == .rolledBack { return lines.joined(separator: "\n") }
    lines += block("Open:", view.openings, none: "nothing")
    lines += block("Home:", view.lan, none: "no private network")
    lines += block("Machines:", view.nodes, none: "no others")
    lines += block("Logged in through SSH from:", view.sessions, none: "nowhere")
    if view.state == .waiting {
      lines.append(toDo)
    }
    return lines.joined(separator: "\n")
  }

  private static func state(_ view: FirewallView) -> String {
    switch view.state {
    case .none: "none: Rhizome manages no firewall here"
    case .waiting: "waiting: taken away in \(view.secondsLeft ?? 0) s unless it is confirmed"
    case .confirmed: "confirmed"
    case .rolledBack: view.sentence
    case .unasked: "there, and \(view.sentence)"
    }
  }

  private static func block(_ title: String, _ lines: [String], none: String) -> [String] {
    [title] + (lines.isEmpty ? ["  \(none)"] : lines.map { "  " + $0 })
  }
}
