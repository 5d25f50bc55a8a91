import Logging
import ObjectStore
import OpenSSL
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore

/// Under which name the daemon marks what it makes, and what there is to say of that.
struct IdentityPart {
  let identity: ClusterIdentity
  private let hadFile: Bool
  var text: String { identity.id.description }

  /// - Parameter hadFile: whether there was a file of records before the store was opened.
  init(_ folder: DataFolder, _ store: any StateStore, _ objects: ObjectStore, told: ClusterID?, hadFile: Bool)
    async throws
  {
    self.hadFile = hadFile
    identity = try await ClusterIdentity.settle(
      in: store,
      file: folder.clusterIdentity,
      told: told,
      found: { Set(try await objects.marks().compactMap { OwnershipMark($0).flatMap { ClusterID($0.clusterID) } }) },
      fresh: try IdentityPart.fresh(),
      folder: folder.path
    )
  }

  private static func fresh() throws -> ClusterID {
    guard let id = ClusterID(Hex.encode(SecureRandom.bytes(ClusterID.length / 2))) else {
      throw StateStoreError(.unavailable, "the system gave no random number for a new cluster's id; try again")
    }
    return id
  }

  /// Tells, once, that this cluster comes back without its records: in the log, and among the events.
  func tell(_ logger: Logger, _ reconciler: Reconciler) async {
    guard let (reason, message) = notice else { return }
    logger.warning("\(reason)", metadata: ["cluster": "\(identity.id)", "meaning": "\(message)"])
    await reconciler.note(.warning, reason, message)
  }

  /// A file whose transactions were still beside it is empty when it comes back without them.
  private var loss: String {
    guard hadFile else { return "state.sqlite was not there and begins anew" }
    return """
      state.sqlite was there, but without any records: it is new, or a copy made without the state.sqlite-wal beside it; \
      it begins anew
      """
  }

  private var notice: (reason: String, message: String)? {
    let engines = """
      Apply the manifests: what the engines hold under this id is taken up again, and what nobody declares stays and is \
      told by rhizome drift
      """
    switch identity.origin {
    case .records, .new: return nil
    case .file:
      return (
        "RecordsLost",
        """
        \(loss); cluster-id says that this is still the cluster \(identity.id). \
        \(engines). People, their passwords and groups, and the history were in state.sqlite: people are made anew as \
        declared, with the first passwords. Who has a copy of state.sqlite stops the daemon, and puts it back, with the \
        state.sqlite-wal that was beside it, if there was one.\(others)
        """
      )
    case .told:
      return (
        "IdentityGiven",
        "These new records are those of the cluster \(identity.id), as --cluster-id says. \(engines).\(others)"
      )
    }
  }

  /// Who mistyped an id is told at once, and not by each resource that is blocked.
  private var others: String {
    let names = identity.strangers.map(\.description).sorted().prefix(5).joined(separator: ", ")
    guard !names.isEmpty else { return "" }
    return """
       But what objects holds carries the mark of another cluster, \(names), and none of this one: is the id right? Nothing \
      that is marked so is touched.
      """
  }
}
