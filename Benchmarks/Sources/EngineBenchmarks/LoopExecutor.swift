import NIOCore

/// Runs tasks on an event loop. Clients of that loop then need no change of threads between a request and its answer,
/// so that the generator takes little of what is measured.
final class LoopExecutor: TaskExecutor {
  let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
