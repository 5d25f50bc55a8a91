import ArgumentParser

/// How answers are printed.
package enum OutputFormat: String, CaseIterable, Sendable {
  case table, wide, json, yaml, name, markdown
}

/// The formats that a verb has; the first one is taken where none is asked for.
package protocol OutputFormats {
  static var formats: [OutputFormat] { get }
}

/// One answer as a page, or for programs.
package enum PageFormats: OutputFormats {
  package static let formats: [OutputFormat] = [.table, .json, .yaml]
}

/// Entries that have names.
package enum ListFormats: OutputFormats {
  package static let formats: [OutputFormat] = [.table, .json, .yaml, .name]
}

/// Resources, of which more can be told than fits a line.
package enum ResourceFormats: OutputFormats {
  package static let formats: [OutputFormat] = [.table, .wide, .json, .yaml, .name]
}

/// What would be done, also for a pull request.
package enum PlanFormats: OutputFormats {
  package static let formats: [OutputFormat] = [.table, .json, .yaml, .name, .markdown]
}

/// A line or two.
package enum BriefFormats: OutputFormats {
  package static let formats: [OutputFormat] = [.table, .json]
}

/// `-o`, with the formats that the verb has.
package struct OutputOptions<Formats: OutputFormats>: ParsableArguments {
  /// A format of the verb's; no other can be asked for.
  struct Choice: ExpressibleByArgument {
    let format: OutputFormat

    init(_ format: OutputFormat) { self.format = format }

    init?(argument: String) {
      guard let format = OutputFormat(rawValue: argument), Formats.formats.contains(format) else { return nil }
      self.format = format
    }

    var defaultValueDescription: String { format.rawValue }
    static var allValueStrings: [String] { Formats.formats.map(\.rawValue) }
  }

  @Option(name: .shortAndLong, help: "How to print the answer.")
  var output = Choice(Formats.formats[0])

  package init() {}

  package var format: OutputFormat { output.format }
}
