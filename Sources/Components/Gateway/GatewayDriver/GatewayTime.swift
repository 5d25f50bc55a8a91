#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
package import RhizomeModel

/// Time and chance as the driver uses them, handed in so that tests and the simulator can turn them.
package struct GatewayTime: Sendable {
  /// Since any fixed origin; also counts while the machine sleeps.
  package var uptime: @Sendable () -> Duration
  package var wall: @Sendable () -> Timestamp
  package var sleep: @Sendable (Duration) async throws -> Void
  /// A number from 0 to 1, to spread renewals.
  package var jitter: @Sendable () -> Double

  package init(
    uptime: @escaping @Sendable () -> Duration,
    wall: @escaping @Sendable () -> Timestamp,
    sleep: @escaping @Sendable (Duration) async throws -> Void,
    jitter: @escaping @Sendable () -> Double
  ) {
    (self.uptime, self.wall, self.sleep, self.jitter) = (uptime, wall, sleep, jitter)
  }

  /// The machine's own clocks.
  package static func system() -> GatewayTime {
    let start = ContinuousClock.now
    return GatewayTime(
      uptime: { start.duration(to: .now) },
      wall: {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
      },
      sleep: { try await Task.sleep(for: $0, clock: .continuous) },
      jitter: { Double.random(in: 0...1) }
    )
  }
}
