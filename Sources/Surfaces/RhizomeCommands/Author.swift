import Foundation

/// Who runs the command, for the history: user and machine.
enum Author {
  static var current: String {
    "\(NSUserName())@\(ProcessInfo.processInfo.hostName)"
  }
}
