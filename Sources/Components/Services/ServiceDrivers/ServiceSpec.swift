package import ProcessSupervisor
package import RhizomeDriver
package import RhizomeModel

/// Reads what a process supervisor needs out of a service's resolved attributes.
package enum ServiceSpec {
  /// - Throws: `DriverError.invalid` for what this driver cannot run, naming the field.
  package static func process(_ resource: Resource) throws(DriverError) -> ProcessDefinition {
    let (address, attributes) = (resource.address, resource.attributes)
    let process = attributes["run"]["process"]
    guard let words = process["command"].list, !words.isEmpty else {
      throw DriverError(.invalid, "\(address) has no run.process.command, so there is no program to start")
    }
    var command: [String] = []
    for (index, word) in words.enumerated() {
      command.append(try argument(word, at: "run.process.command[\(index)]", of: address))
    }
    return ProcessDefinition(
      name: address.name,
      command: command,
      environment: try environment(attributes["environment"].map ?? [:], of: address),
      workingDirectory: process["workingDirectory"].text,
      files: try files(attributes["files"].map ?? [:], of: address),
      stopGrace: .milliseconds(attributes["stopGrace"].integer ?? 10_000)
    )
  }

  private static func argument(_ value: Value, at field: String, of address: Address) throws(DriverError) -> String {
    guard !value.isSensitive else {
      throw DriverError(
        .invalid,
        "\(field) of \(address) holds a secret, and everybody on the machine can read arguments; "
          + "hand it over in environment or in files"
      )
    }
    return try text(value, at: field, of: address)
  }

  private static func environment(_ values: Members, of address: Address) throws(DriverError)
    -> [String: String]
  {
    var result: [String: String] = [:]
    for (name, value) in values { result[name] = try text(value, at: "environment.\(name)", of: address) }
    return result
  }

  private static func files(_ values: Members, of address: Address) throws(DriverError) -> [RenderedFile] {
    var result: [RenderedFile] = []
    for (path, file) in values {
      let content = try text(file["content"], at: "files.\(path).content", of: address)
      guard let mode = UInt32(file["mode"].text ?? "0600", radix: 8) else {
        throw DriverError(.invalid, "files.\(path).mode of \(address) is no file mode such as 0600")
      }
      result.append(RenderedFile(path: path, content: Array(content.utf8), mode: mode))
    }
    return result
  }

  private static func text(_ value: Value, at field: String, of address: Address) throws(DriverError) -> String {
    if let text = value.text { return text }
    switch value {
    case .integer(let number): return String(number)
    case .boolean(let flag): return String(flag)
    case .sensitive:
      throw DriverError(.unavailable, "the secret in \(field) of \(address) is not at hand yet")
    case .template(let template):
      throw DriverError(.unavailable, "\(field) of \(address) refers to what is not known yet: \(template.source)")
    case .null, .list, .map, .string:
      throw DriverError(.invalid, "\(field) of \(address) must be a text")
    }
  }
}
