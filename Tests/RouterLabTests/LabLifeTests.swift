#if os(Linux)
  import Foundation
  import RouterLab
  import Testing

  /// Laboratories are made, are apart from one another, and leave nothing behind.
  @Suite(
    "The life of a lab",
    .enabled(if: Lab.unavailable == nil, Comment(rawValue: Lab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct LabLifeTests {
    private struct Mishap: Error {}

    private func namespaces(of lab: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/run/netns").filter { $0.hasPrefix("rz-\(lab)-") }
    }

    private func routersRunning(for lab: String) -> Int {
      let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return pids.count { pid in
        let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
        return String(decoding: line, as: UTF8.self).contains("/\(lab)/")
      }
    }

    @Test func leavesNothingBehindEvenWhenTheTestFails() async throws {
      var name = ""
      await #expect(throws: Mishap.self) {
        try await Lab.with("home larch machines=2\nhome aspen nat=carrier") { lab in
          name = lab.name
          #expect(try namespaces(of: name).count == 7)
          #expect(routersRunning(for: name) == 2)
          throw Mishap()
        }
      }
      #expect(try namespaces(of: name).isEmpty)
      #expect(routersRunning(for: name) == 0)
    }

    @Test func aLabWhoseOwnerHasEndedIsSwept() async throws {
      let name = "orphan-\(getpid())"
      _ = try await LabProgram.run(["-n", name, "up", "--text", "home larch"], owner: 999_999_999)
      #expect(try namespaces(of: name).count == 3)
      _ = try await LabProgram.run(["sweep"])
      #expect(try namespaces(of: name).isEmpty)
      #expect(routersRunning(for: name) == 0)
    }

    @Test func twoStandSideBySide() async throws {
      try await Lab.with("home larch machines=2") { one in
        try await Lab.with("home larch machines=2") { two in
          try await one.serving("one", on: "larch/m1", port: 8443) {
            try await two.serving("two", on: "larch/m1", port: 8443) {
              try await one.plantMapping(on: "larch/m1", port: 8443)
              let address = try one.home("larch").publicAddress
              #expect(try await one.fetch(address, port: 8443) == "one")
              #expect(try await two.fetch(address, port: 8443) == nil)
            }
          }
        }
      }
    }

    @Test(arguments: [
      ("home larch speed=1", "the declaration:1: there is no option 'speed'"),
      ("home larch\nhouse birch", "the declaration:2: expected `home NAME OPTION=VALUE…`, found 'house birch'"),
      ("home larch\nhome larch", "with names of their own"),
      ("home larch uplink=fast", "uplink is a rate such as 20mbit, not 'fast'"),
      ("home larch lan=8.8.8.0/24", "lan is a private /24"),
      ("# nobody", "expected 1 to 100 homes"),
    ])
    func aMistakeIsToldWithItsPlace(declaration: String, message: String) async throws {
      let error = await #expect(throws: LabError.self) { try await Lab.with(declaration) { _ in } }
      #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    }
  }
#endif
