package import ArgumentParser
import RhizomeClient
import RhizomeAPI
import RhizomeModel

/// `rhizome describe KIND/NAME`
package struct Describe: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Tell all about one resource: its spec, conditions and latest events."
  )

  @Argument(help: "An address such as `Bucket/site`.")
  var address: String
  @Flag(help: "Print secrets instead of hiding them.")
  var showSecrets = false
  @OptionGroup var output: OutputOptions<PageFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let wanted = try Selection.address(address)
    let resources = try await connection.client.resources(showSecrets: showSecrets)
    guard let resource = try Selection([wanted.description]).choose(from: resources).first else { return }
    switch output.format {
    case .json: try Printer.json(resource)
    case .yaml: Printer.out(try YAMLText.encode(resource))
    default: Printer.out(try await page(resource))
    }
  }

  private func page(_ resource: ResourceView) async throws -> String {
    var lines = ["\(resource.address)"]
    lines.append(
      "Declared:   \(resource.declaredAt?.description ?? resource.caretaker.map { "cared for by \($0)" } ?? "no longer")"
    )
    lines.append("Revision:   \(resource.revision.map(String.init) ?? "-")")
    lines.append("Component:  \(resource.component.rawValue)")
    lines.append("Spec:")
    lines += indented(YAMLText.text(resource.spec))
    lines += conditions(resource)
    if let facts = resource.status?.facts, !facts.isEmpty {
      lines.append("Facts:")
      lines += indented(YAMLText.text(.map(facts)))
    }
    lines.append("Events:")
    let events = try await latestEvents(of: resource.address)
    lines += events.isEmpty ? ["  none"] : events.map { "  \($0.at)  \($0.reason)  \($0.message)" }
    return lines.joined(separator: "\n")
  }

  private func conditions(_ resource: ResourceView) -> [String] {
    ["Conditions:"]
      + (resource.status?.conditions ?? []).map { condition in
        let age = Age.text(since: condition.since)
        return
          "  \(condition.type.rawValue)=\(condition.state.rawValue)  \(condition.reason)  for \(age)  \(condition.message)"
      }
  }

  private func latestEvents(of address: Address) async throws -> [Event] {
    var events: [Event] = []
    try await connection.client.events(since: 0, follow: false) { if $0.address == address { events.append($0) } }
    return events.suffix(10)
  }

  private func indented(_ text: String) -> [String] { text.split(separator: "\n").map { "  " + $0 } }
}
