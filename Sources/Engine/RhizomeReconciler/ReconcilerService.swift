import ServiceLifecycle

/// The reconciler as a long-lived service: a graceful shutdown lets running work come to its end, cancellation ends it.
package struct ReconcilerService: Service {
  private let reconciler: Reconciler

  package init(_ reconciler: Reconciler) { self.reconciler = reconciler }

  package func run() async throws {
    let (stops, continuation) = AsyncStream<Void>.makeStream()
    await withGracefulShutdownHandler {
      await withTaskGroup { group in
        group.addTask {
          for await _ in stops { await reconciler.stop() }
        }
        group.addTask { await reconciler.run() }
        // Whichever ends: the listener only on cancellation, the reconciler when it is done.
        await group.next()
        if !Task.isCancelled { group.cancelAll() }
      }
    } onGracefulShutdown: {
      continuation.yield()
    }
  }
}
