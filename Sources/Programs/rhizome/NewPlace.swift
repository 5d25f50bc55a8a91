import RhizomeAPIServer
import RhizomeModel
import RhizomeSource

/// Looks at what manifests say to follow from now on, where that is another place than before.
struct NewPlace: Sendable {
  let board: GitBoard
  let lookout: GitLookout

  @Sendable func look(_ desired: DesiredState) async -> PlaceLook {
    guard let place = board.place(declaredBy: desired) else { return .fine }
    let start = "From then on \(place) would be followed"
    do {
      let problem = try await lookout.look(at: place).problem(ofCluster: desired.clusterName)
      return problem.map { .wrong("\(start), and \($0).") } ?? .fine
    } catch let failure as GitFailure where failure.isAboutThePlace {
      return .wrong("\(start), and \(failure).")
    } catch let error as SourceError {
      return .wrong("\(start), and its files must not be read: \(error).")
    } catch {
      return .unknown("\(start), which cannot be looked at, so it is not known whether it is right: \(error).")
    }
  }
}
