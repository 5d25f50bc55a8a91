package import ArgumentParser
import Foundation
import OpenSSL
import RhizomeAPI
import RhizomeClient

/// `rhizome seal`
package struct Seal: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Encrypt a secret for use in a manifest; reads it from standard input.",
    discussion: """
      Example: `printf %s "$PASSWORD" | rhizome seal`. Paste what it prints under `sealed: |`. Only this cluster can open \
      it, so it may be kept in git. The certificate is public: save it with --print-certificate, and seal on any machine \
      with --certificate FILE.
      """
  )

  @Option(help: "Seal to this certificate (PEM) instead of asking the daemon for its own.")
  var certificate: String?
  @Flag(help: "Print the daemon's certificate, and seal nothing.")
  var printCertificate = false
  @OptionGroup var connection: ConnectionOptions

  package init() {}

  package func run() async throws {
    let recipient = try await recipient()
    if printCertificate { return Printer.out(recipient) }
    let secret = try FileHandle.standardInput.readToEnd() ?? Data()
    guard !secret.isEmpty else { throw Complaint("There was nothing on standard input to seal.") }
    Printer.out(try SealedEnvelope.seal(Array(secret), to: recipient))
  }

  private func recipient() async throws -> String {
    guard let certificate else { return try await connection.client.sealingCertificate().certificate }
    guard let text = FileManager.default.contents(atPath: certificate) else {
      throw Complaint("Cannot read the certificate \(certificate).")
    }
    return String(decoding: text, as: UTF8.self)
  }
}
