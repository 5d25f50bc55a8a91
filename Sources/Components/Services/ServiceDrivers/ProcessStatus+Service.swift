internal import ProcessSupervisor
internal import RhizomeDriver
internal import RhizomeModel

extension ProcessStatus {
  /// What is shown in a service's status.
  var facts: [String: Value] {
    var facts: [String: Value] = ["running": .boolean(isRunning), "restarts": .integer(Int64(restarts))]
    if case .running(let pid) = phase { facts["pid"] = .integer(Int64(pid)) }
    if let lastExit { facts["lastExit"] = .string(lastExit.description) }
    if let startFailure { facts["startFailure"] = .string(startFailure) }
    return facts
  }

  /// Why a service that waits for its next start does not run.
  var waitingSentence: String {
    let reason = startFailure.map { "it does not start: \($0)" } ?? lastExit.map { "it \($0)" } ?? "it does not run"
    return "\(reason); it is started again by itself after a while; its log says more: rhizome logs \(name)"
  }
}

extension DriverNotice {
  init(_ event: ProcessEvent) {
    let address = Address(.service, event.name)
    switch event.happening {
    case .started(let pid):
      self.init(address, reason: "Started", message: "It runs as process \(pid).")
    case .exited(let exit, let delay):
      let message = "It \(exit); it is started again in \(delay.inWords)."
      self.init(address, level: .warning, reason: "Ended", message: message)
    case .couldNotStart(let reason, let delay):
      let message = "It does not start: \(reason). It is tried again in \(delay.inWords)."
      self.init(address, level: .warning, reason: "StartFailed", message: message)
    case .stopped(let exit):
      self.init(address, reason: "Stopped", message: "It was asked to end, and \(exit).")
    case .leftoverEnded(let pid):
      let message = "Process \(pid) was left behind by an earlier run of this program, and was ended."
      self.init(address, level: .warning, reason: "LeftoverEnded", message: message)
    }
  }
}

extension DriverError {
  /// What a supervisor or a file refused, as the reconciler understands it.
  init(supervising error: any Error) {
    switch error {
    case let error as DriverError: self = error
    case let error as ProcessSupervisorError:
      let code: Code =
        switch error.code {
        case .invalidDefinition: .invalid
        case .couldNotStart: .unavailable
        case .fileSystem: .internalFailure
        }
      self.init(code, error.message)
    case is CancellationError: self.init(.timedOut, "it was given up before it had ended")
    default: self.init(.internalFailure, "\(error)")
    }
  }
}

extension Duration {
  /// Such as `0.5 s` or `32 s`.
  fileprivate var inWords: String {
    let tenths = (components.seconds * 10) + components.attoseconds / 100_000_000_000_000_000
    return tenths % 10 == 0 || tenths >= 100 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
  }
}

extension Value {
  /// The same without any cleartext, as it may be stored.
  var withFingerprintsOnly: Value {
    switch self {
    case .sensitive(let secret): .sensitive(Sensitive(fingerprint: secret.fingerprint))
    case .list(let elements): .list(elements.map(\.withFingerprintsOnly))
    case .map(let members): .map(members.mapValues(\.withFingerprintsOnly))
    default: self
    }
  }

  /// In a service's files: one as it was found on the disk. What replaced a secret is not shown.
  func replacingFile(_ path: String, content: [UInt8]?) -> Value {
    var files = self
    guard let content else {
      files[path] = .null
      return files
    }
    let wasSecret = files[path]["content"].isSensitive
    files[path]["content"] =
      wasSecret ? .sensitive(Sensitive(fingerprint: "altered")) : .string(String(decoding: content, as: UTF8.self))
    return files
  }
}
