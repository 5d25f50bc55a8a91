import ProcessSupervisor
import RhizomeAPI
import ServiceDrivers

/// What a service wrote, as a stream.
enum ServiceLogs {
  static func stream(_ processes: ProcessDriver, _ service: String, tail: Int, follow: Bool) async throws
    -> AsyncStream<[UInt8]>
  {
    guard let log = await processes.log(service) else {
      throw APIError(.notFound, "Service/\(service) does not run here as a process, so there is no log of it")
    }
    guard !follow else { return log.follow(tail: tail) }
    let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
    continuation.yield(log.tail(lines: tail))
    continuation.finish()
    return stream
  }
}
