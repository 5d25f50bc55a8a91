internal import RhizomeModel

/// What resolving references needs from the running cluster: keys, addresses and folders. The functions are pure.
package struct ResolutionContext: Sendable {
  /// Bytes that follow from the cluster's master key and a label, and tell nothing about either.
  package var derive: @Sendable (_ label: String, _ byteCount: Int) -> [UInt8]
  /// What stands for a secret wherever it is compared, stored or shown.
  package var fingerprint: @Sendable (_ cleartext: String) -> String
  /// Opens sealed text.
  package var unseal: @Sendable (_ sealed: String) throws -> String
  /// The S3 API as services on this machine reach it, such as `http://127.0.0.1:3900`.
  package var s3URL: String
  /// The web sites as services on this machine reach them, such as `http://127.0.0.1:3902`.
  package var webURL: String
  /// The directory as services on this machine reach it, such as `ldap://127.0.0.1:3890`.
  package var ldapURL: String
  /// The Node that this program runs on; nil where it runs on none, as in `rhizome validate`.
  package var localNode: String?
  /// Addresses found out at run time, for Nodes that declare none.
  package var nodeAddresses: [String: String]
  /// Where the files of a service are on this machine.
  package var serviceFolder: @Sendable (_ service: String) -> String

  package init(
    derive: @escaping @Sendable (_ label: String, _ byteCount: Int) -> [UInt8],
    fingerprint: @escaping @Sendable (_ cleartext: String) -> String,
    unseal: @escaping @Sendable (_ sealed: String) throws -> String,
    s3URL: String,
    webURL: String,
    ldapURL: String,
    localNode: String? = nil,
    nodeAddresses: [String: String] = [:],
    serviceFolder: @escaping @Sendable (_ service: String) -> String
  ) {
    self.derive = derive
    self.fingerprint = fingerprint
    self.unseal = unseal
    self.s3URL = s3URL
    self.webURL = webURL
    self.ldapURL = ldapURL
    self.localNode = localNode
    self.nodeAddresses = nodeAddresses
    self.serviceFolder = serviceFolder
  }

  /// A secret that is compared by its fingerprint.
  func sensitive(_ cleartext: String) -> Value {
    .sensitive(Sensitive(fingerprint: fingerprint(cleartext), cleartext: cleartext))
  }
}
