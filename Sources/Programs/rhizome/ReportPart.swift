import ObjectStore
import RhizomeAPI
import RhizomeAPIServer
import RhizomeCommands
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeReports
import RhizomeStateStore
import ServiceLifecycle
import Synchronization

/// Scheduled reports inside the daemon: what is declared, who makes them, and where they go.
struct ReportPart {
  let service: any Service
  private let keeper: ReportKeeper

  init(
    folder: String,
    store: any StateStore,
    board: ReportBoard,
    buckets: BucketDelivery,
    reconciler: Reconciler,
    controlPlane: LiveControlPlane
  ) throws {
    let (files, hooks) = (FolderDelivery(root: folder), WebhookDelivery(folder: folder))
    let keeper = try ReportKeeper(
      store,
      parts: .init(
        look: { try await ReportPart.look(controlPlane, since: $0) },
        deliver: { parcel in
          switch parcel.report.place {
          case .bucket: try await buckets.deliver(parcel)
          case .folder: try await files.deliver(parcel)
          case .webhook: try await hooks.deliver(parcel)
          }
        },
        tell: { await reconciler.note($0, $1, $2) },
        now: { .now },
        toolVersion: ProgramVersion.text
      )
    )
    self.keeper = keeper
    service = Runner { await keeper.run(board.changes) }
    board.serve(keeper)
  }

  /// At the start there is nothing to look at for a moment.
  private static func look(_ controlPlane: LiveControlPlane, since: Timestamp) async throws -> DriftReport {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do {
        return try await controlPlane.drift(refresh: true, since: since)
      } catch let error as APIError where error.code == .notReady && .now < deadline {
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }
}

/// What is declared of reports, and what is to be said of them.
final class ReportBoard: Sendable {
  let changes: AsyncStream<[ScheduledReport]>
  private let continuation: AsyncStream<[ScheduledReport]>.Continuation
  private let keeper = Mutex<ReportKeeper?>(nil)

  init() { (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

  func serve(_ keeper: ReportKeeper) { self.keeper.withLock { $0 = keeper } }

  func accept(_ desired: DesiredState) {
    let secret = { name in desired.resources[Address(.secret, name)]?.attributes["value"].text }
    continuation.yield(ScheduledReport.all(desired.cluster?.attributes["reports"] ?? .null, secret: secret))
  }

  /// What is to be said of the Cluster.
  func conditions() async -> [Condition] {
    guard let keeper = keeper.withLock({ $0 }), let condition = await keeper.condition else { return [] }
    return [condition]
  }
}

/// Writes reports into buckets of the embedded storage.
struct BucketDelivery: ReportDelivery {
  let store: ObjectStore
  let clusterID: String

  func deliver(_ parcel: ReportParcel) async throws {
    guard case .bucket(let name, let prefix) = parcel.report.place else { return }
    let mark = OwnershipMark(clusterID: clusterID, address: Address(.bucket, name)).description
    guard let bucket = try await store.buckets().first(where: { $0.mark == mark }) else {
      throw ReportFailure("the bucket \(name) is not there")
    }
    let key = "\(prefix)\(parcel.report.name)/\(parcel.fileName)"
    do {
      try await store.put(
        Array(parcel.text.utf8),
        as: key,
        type: parcel.report.format.contentType,
        inBucket: bucket.id
      )
    } catch let error as StoreError {
      throw ReportFailure("the bucket \(name) did not take it: \(error)")
    }
  }
}
