#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
package import RhizomePlanner

extension ScheduledReport.Format {
  /// The report in this format.
  /// - Parameter toolVersion: the version of this program.
  package func text(_ report: DriftReport, toolVersion: String) throws -> String {
    switch self {
    case .table: report.table
    case .markdown: report.markdown
    case .html: report.html
    case .json: try json(report)
    case .junit: report.junit
    case .sarif: report.sarif(toolVersion: toolVersion)
    case .prometheus: report.prometheus
    }
  }

  private func json(_ report: DriftReport) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(report), as: UTF8.self) + "\n"
  }

  /// How a file's name ends, without the dot.
  package var fileExtension: String {
    switch self {
    case .table: "txt"
    case .markdown: "md"
    case .html: "html"
    case .json: "json"
    case .junit: "xml"
    case .sarif: "sarif"
    case .prometheus: "prom"
    }
  }

  /// The media type.
  package var contentType: String {
    switch self {
    case .table: "text/plain; charset=utf-8"
    case .markdown: "text/markdown; charset=utf-8"
    case .html: "text/html; charset=utf-8"
    case .json: "application/json"
    case .junit: "application/xml"
    case .sarif: "application/sarif+json"
    case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
    }
  }
}
