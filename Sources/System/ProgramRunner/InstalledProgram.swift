#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Where programs are that are not ours: in the folders that systems install into, and never in a `PATH` that somebody
/// else may have set.
package enum InstalledProgram {
  package static let folders = [
    "/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/homebrew/bin",
    "/run/current-system/sw/bin",
  ]

  /// The path of a program by its name; nil when it is not installed.
  package static func path(_ name: String, in folders: [String] = folders) -> String? {
    folders.map { "\($0)/\(name)" }.first { isProgram($0) }
  }

  private static func isProgram(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
  }
}
