internal import ProgramRunner

/// How git is called: with settings of ours only, no prompt, no hook, one protocol, and secrets in files that only their
/// owner reads. Pure: it says what to run.
package struct GitCommand: Sendable {
  /// Where git is.
  let program: String
  let folder: GitFolder

  /// Settings that go with every call. They rank above every file, and no file but the mirror's own is read.
  static let configuration: [String] = [
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.bigFileThreshold=8m", "core.symlinks=false",
    "credential.helper=", "credential.interactive=false", "fetch.unpackLimit=1", "fetch.recurseSubmodules=false",
    "gc.auto=0", "http.followRedirects=false", "http.lowSpeedLimit=100", "http.lowSpeedTime=30",
    "maintenance.auto=false", "protocol.allow=never", "submodule.recurse=false", "transfer.fsckObjects=true",
  ]

  private static func options(_ settings: [String]) -> [String] { settings.flatMap { ["-c", $0] } }

  /// A call in the mirror that speaks with nobody.
  func local(_ arguments: [String], settings: [String] = [], input: [UInt8] = []) -> ProgramCall {
    ProgramCall(
      program,
      ["--git-dir=."] + GitCommand.options(GitCommand.configuration + settings) + arguments,
      environment: environment,
      directory: folder.mirror,
      input: input
    )
  }

  /// Looks for the repository that a folder belongs to: its own folder, and where in it the other one lies. Whoever owns
  /// it, nothing of it takes effect, so that git need not refuse the clone of another user.
  func discover(_ path: String) -> ProgramCall {
    let settings = GitCommand.options(GitCommand.configuration + ["safe.directory=*"])
    let question = ["rev-parse", "--absolute-git-dir", "--show-prefix"]
    return ProgramCall(program, settings + question, environment: environment, directory: path)
  }

  /// The same calls in another repository.
  func reading(_ directory: String) -> GitCommand {
    GitCommand(program: program, folder: GitFolder(repository: directory))
  }

  /// Brings the branch's commits into the mirror.
  /// - Parameter depth: only so many commits; nil for all that are missing.
  func fetch(_ settings: GitSettings, _ url: GitURL, depth: String?) -> ProgramCall {
    let arguments =
      ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force"]
      + (depth.map { [$0] } ?? []) + ["--", url.text, "+refs/heads/\(settings.branch):\(GitCommand.tip)"]
    let call = local(arguments, settings: login(settings, url))
    // The shell sets the limit for what follows: a pack that grows beyond it ends the fetch.
    let limit = "ulimit -f \(GitLimits.packBytes / 512) && exec \"$@\""
    var bounded = ProgramCall("/bin/sh", ["-c", limit, "sh", call.path] + call.arguments)
    bounded.directory = call.directory
    bounded.environment = environment.merging(speaking(settings, url)) { $1 }
    return bounded
  }

  /// Where the fetched commit is kept.
  static let tip = "refs/rhizome/tip"
  /// Where the commit that runs is kept, so that it is never thrown away.
  static let good = "refs/rhizome/good"

  private var environment: [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder.home, "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "/bin/false",
      "SSH_ASKPASS": "/bin/false", "GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "", "GIT_NO_REPLACE_OBJECTS": "1",
      "GIT_NO_LAZY_FETCH": "1", "GNUPGHOME": folder.keyring,
    ]
  }

  private func speaking(_ settings: GitSettings, _ url: GitURL) -> [String: String] {
    [
      "GIT_ALLOW_PROTOCOL": url.scheme.rawValue, "GIT_SSH_VARIANT": "ssh", "GIT_SSH_COMMAND": ssh(settings),
      "RHIZOME_GIT_LOGIN": folder.login,
    ]
  }

  /// The token goes to its own host only, out of a file: the setting holds the file's variable, not the token.
  private func login(_ settings: GitSettings, _ url: GitURL) -> [String] {
    let allowed = ["protocol.\(url.scheme.rawValue).allow=always"]
    guard settings.credential != nil, url.scheme == .https || url.scheme == .http else { return allowed }
    let helper = "!f() { test \"$1\" = get && cat \"$RHIZOME_GIT_LOGIN\"; }; f"
    return allowed + ["credential.\(url.origin).helper=\(helper)"]
  }

  /// The paths are seen from the mirror, where git runs, so that no space of the data folder's comes in between.
  private func ssh(_ settings: GitSettings) -> String {
    let options = [
      "BatchMode=yes", "ClearAllForwardings=yes", "ConnectTimeout=20", "ControlMaster=no", "ForwardAgent=no",
      "GlobalKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "IdentityAgent=none", "PasswordAuthentication=no",
      "ServerAliveCountMax=3", "ServerAliveInterval=10", "StrictHostKeyChecking=yes", "UpdateHostKeys=no",
      "UserKnownHostsFile=../known_hosts",
    ]
    let identity = settings.credential == nil ? [] : ["-i", "../key"]
    return (["ssh", "-F", "/dev/null", "-T"] + identity + options.map { "-o \($0)" }).joined(separator: " ")
  }
}

/// Where everything about the repository lies: a private folder.
package struct GitFolder: Sendable, Hashable {
  package let path: String
  let mirror: String

  package init(_ path: String) {
    self.path = path
    mirror = path + "/mirror"
  }

  /// A repository that is not ours: nothing is ever kept for it.
  init(repository: String) {
    path = "/nonexistent"
    mirror = repository
  }

  /// Before a repository was found.
  static let nowhere = GitFolder(repository: "/")

  var home: String { path + "/home" }
  var keyring: String { path + "/keyring" }
  var login: String { path + "/login" }
  var key: String { path + "/key" }
  var knownHosts: String { path + "/known_hosts" }
  var allowedSigners: String { path + "/allowed_signers" }
  var revokedSigners: String { path + "/revoked_signers" }
}
