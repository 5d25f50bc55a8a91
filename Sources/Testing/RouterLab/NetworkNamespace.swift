#if os(Linux)
  import Glibc

  /// A Linux network namespace made by `ip netns add`.
  package struct NetworkNamespace: Sendable, Hashable {
    package let name: String

    package init(_ name: String) {
      self.name = name
    }

    /// Moves the calling thread, and only it, into the namespace. Sockets it makes stay there for their life.
    ///
    /// - Throws: `LabError` when there is no such namespace or the process is not privileged.
    package func enterOnThisThread() throws {
      let file = open("/run/netns/\(name)", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { throw LabError("no network namespace \(name): error \(errno)") }
      defer { close(file) }
      guard Self.setns(file) == 0 else { throw LabError("cannot enter namespace \(name): error \(errno)") }
    }

    /// setns(2) for network namespaces. Looked up by name: glibc declares it for GNU sources only.
    private static func setns(_ file: CInt) -> CInt {
      guard let symbol = dlsym(nil, "setns") else { return -1 }
      let function = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
      let cloneNewNetwork: CInt = 0x4000_0000
      return function(file, cloneNewNetwork)
    }
  }
#endif
