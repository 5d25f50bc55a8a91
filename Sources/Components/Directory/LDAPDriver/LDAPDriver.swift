internal import LDAPClient
internal import LDAPProtocol
package import RhizomeDriver
package import RhizomeModel

/// Makes users and groups real in an LDAP directory: the embedded one, or any other.
///
/// A user is an `inetOrgPerson` named by `uid`, a group a `groupOfNames` named by `cn`. Each look and each operation has
/// a connection of its own, so that a restarted server needs no care. The password is set where there is none, and
/// when it is declared anew; otherwise it is its owner's.
package struct LDAPDriver: LookupDriver {
  package let name: String
  package let capabilities = Capabilities(kinds: [.user, .group], maxConcurrency: 4, marksObjects: true)

  let directory: LDAPDirectory

  /// - Parameter name: kept in the inventory, such as `embedded-directory` or `ldap`.
  package init(name: String, directory: LDAPDirectory) {
    (self.name, self.directory) = (name, directory)
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    do {
      let found = try await connected { client in try await DirectoryLook.take(client, directory) }
      return found.report(targets, directory)
    } catch {
      return .unknown(targets, reason: "the directory could not be read: \(error)")
    }
  }

  package func lookUp(_ target: ObservationTarget) async -> Observation {
    do {
      return try await connected { client in try await DirectoryLook.take(target, client, directory) }
    } catch {
      return .unknown(reason: "the directory could not be read: \(error)")
    }
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    do {
      return try await connected { client in
        switch operation.address.kind {
        case .user, .group: return try await perform(operation, client)
        default: throw DriverError(.invalid, "A directory keeps no \(operation.address.kind.rawValue).")
        }
      }
    } catch {
      throw DriverError(directory: error)
    }
  }

  /// Lends a connection that is logged in.
  func connected<Result>(_ body: (LDAPClient) async throws -> Result) async throws -> Result {
    let client = try await LDAPClient.connect(host: directory.host, port: directory.port, limits: directory.limits)
    do {
      try await client.bind(dn: directory.bindDN, password: directory.bindPassword)
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }
}

extension DriverError {
  /// A failure of the directory, in the seam's words.
  init(directory error: any Error) {
    switch error {
    case let error as DriverError: self = error
    case let error as LDAPClientError: self.init(Self.code(of: error), error.message)
    case is CancellationError: self.init(.unavailable, "The work was cancelled.")
    default: self.init(.internalFailure, "The directory failed: \(error).")
    }
  }

  private static func code(of error: LDAPClientError) -> Code {
    switch error.code {
    case .disconnected: .unavailable
    case .timedOut: .timedOut
    case .protocolViolation: .internalFailure
    case .refused(let code): Self.code(of: code)
    }
  }

  private static func code(of result: LDAPResultCode) -> Code {
    switch result {
    case .busy, .unavailable, .adminLimitExceeded, .timeLimitExceeded: .unavailable
    case .invalidCredentials, .insufficientAccessRights, .strongerAuthRequired, .confidentialityRequired,
      .unwillingToPerform, .inappropriateAuthentication:
      .refused
    case .undefinedAttributeType, .invalidAttributeSyntax, .constraintViolation, .objectClassViolation,
      .namingViolation, .invalidDNSyntax, .noSuchObject, .objectClassModsProhibited:
      .invalid
    case .entryAlreadyExists: .conflict
    default: .internalFailure
    }
  }
}
