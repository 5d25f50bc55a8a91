package import ArgumentParser
import RhizomeClient
package import RhizomeAPI
import RhizomeModel

/// `rhizome get [KIND | KIND/NAME]…`
package struct Get: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "List resources and whether they are ready.",
    discussion:
      "Examples: `rhizome get`, `rhizome get bucket`, `rhizome get AccessKey/publisher --show-secrets -o json`."
  )

  @Argument(help: "A kind such as `bucket`, or an address such as `Bucket/site`.")
  var selectors: [String] = []
  @Flag(help: "Print secrets instead of hiding them.")
  var showSecrets = false
  @OptionGroup var output: OutputOptions<ResourceFormats>
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let selection = try Selection(selectors)
    let all = try await connection.client.resources(showSecrets: showSecrets)
    let chosen = try selection.choose(from: all)
    switch output.format {
    case .json: try Printer.json(chosen)
    case .yaml: Printer.out(try YAMLText.encode(chosen))
    case .name: chosen.forEach { Printer.out($0.address.description) }
    default: Printer.out(table(chosen, VerdictColumn(all)))
    }
  }

  private func table(_ resources: [ResourceView], _ verdicts: VerdictColumn) -> String {
    if showSecrets { Printer.note("A table has no room for secrets; add -o yaml or -o json.") }
    guard !resources.isEmpty else {
      return "No resources. `rhizome apply -f DIR` makes some, or a commit to the repository that is followed."
    }
    var table = TextTable(
      ["Resource", "Ready", "Since", "Message"] + (output.format == .wide ? ["Verdict", "Declared"] : [])
    )
    for resource in resources {
      let ready = resource.status?[.ready]
      let declared =
        resource.declaredAt?.description ?? resource.caretaker.map { "cared for by \($0)" } ?? "no longer declared"
      table.append(
        [
          resource.address.description, ready?.state.rawValue ?? "Unknown",
          ready.map { Age.text(since: $0.since) } ?? "",
          resource.headline,
        ] + (output.format == .wide ? [verdicts.text(resource), declared] : [])
      )
    }
    return table.text
  }
}

/// Which resources a person means.
struct Selection {
  private let kinds: Set<Kind>
  private let addresses: Set<Address>

  init(_ selectors: [String]) throws {
    var (kinds, addresses): (Set<Kind>, Set<Address>) = ([], [])
    for selector in selectors {
      if let kind = Selection.kind(selector) {
        kinds.insert(kind)
      } else {
        addresses.insert(try Selection.address(selector))
      }
    }
    (self.kinds, self.addresses) = (kinds, addresses)
  }

  /// Reads `Kind/name`, in any case of the kind.
  static func address(_ text: String) throws -> Address {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, let kind = kind(parts[0]) else {
      let kinds = Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("'\(text)' is neither a kind nor an address such as Bucket/site. Kinds: \(kinds).")
    }
    return Address(kind, parts[1])
  }

  /// The kind, from its name or plural in any case.
  private static func kind(_ text: String) -> Kind? {
    let word = text.lowercased()
    return Kind.allCases.first { [$0.rawValue.lowercased(), $0.rawValue.lowercased() + "s"].contains(word) }
  }

  func choose(from resources: [ResourceView]) throws -> [ResourceView] {
    guard !kinds.isEmpty || !addresses.isEmpty else { return resources }
    let missing = addresses.subtracting(resources.map(\.address)).sorted()
    guard missing.isEmpty else {
      throw APIError(
        .notFound,
        "there is no \(missing.map(\.description).joined(separator: ", ")); `rhizome get` lists what there is"
      )
    }
    return resources.filter { kinds.contains($0.address.kind) || addresses.contains($0.address) }
  }
}

extension ResourceView {
  /// The one sentence that says how it is: why it is stalled, else what is being done or was in the way, else readiness.
  var headline: String {
    guard let status else { return "nothing is known yet" }
    let telling = [status[.stalled], status[.reconciling]].compactMap { $0 }.first { $0.state == .true }
      .map { isAgain($0) ? status[.ready] ?? $0 : $0 }
    if telling == nil, let sentence = troubleOutside ?? troubleWithGit ?? troubleWithReports { return sentence }
    return (telling ?? status[.ready])?.message ?? ""
  }

  /// It is only said that it is done again; what was in the way says readiness.
  private func isAgain(_ condition: Condition) -> Bool { ["Retrying", "LookingAgain"].contains(condition.reason) }

  /// Reports that do not arrive: what is declared is well, and nobody would hear if it were not.
  private var troubleWithReports: String? {
    guard let reported = status?[.reported], reported.state == .false else { return nil }
    return reported.message
  }

  /// What keeps the newest commit from running: what is declared is well, and yet not what people have pushed.
  private var troubleWithGit: String? {
    guard let synced = status?[.synced], synced.state != .true, synced.reason != "NotLookedYet" else { return nil }
    return synced.message
  }

  /// What is wrong beyond what Rhizome can change: it is as declared, and yet of no use from outside.
  private var troubleOutside: String? {
    guard let facts = status?.facts, let word = facts["verdict"]?.text, VerdictColumn.troubles.contains(word) else {
      return nil
    }
    return facts["sentence"]?.text
  }
}

/// What is known of reachability, in one word.
package struct VerdictColumn {
  /// Words that say that members outside are cut off.
  static let troubles: Set<String> = [
    "conflicting", "refused", "noRouter", "upnpDisabled", "doubleNAT", "carrierNAT", "unreachable", "notListening",
  ]

  /// By zone and port, as homes tell it: also of ports that never came about, and so have no facts of their own.
  private let words: [String: Members]

  /// - Parameter all: the resources that verdicts are looked for in.
  package init(_ all: [ResourceView]) {
    let zones = all.filter { $0.address.kind == .zone }
    words = Dictionary(zones.map { ($0.address.name, $0.status?.facts["ports"]?.map ?? [:]) }, uniquingKeysWith: { $1 })
  }

  package func text(_ resource: ResourceView) -> String {
    if let word = resource.status?.facts["verdict"]?.text { return word }
    let parts = resource.address.name.split(separator: ".", maxSplits: 1).map(String.init)
    guard resource.address.kind == .portMapping, parts.count == 2 else { return "-" }
    return words[parts[0]]?[parts[1]]?.text ?? "-"
  }
}
