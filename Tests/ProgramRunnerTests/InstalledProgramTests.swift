import Foundation
import ProgramRunner
import Testing

@Suite struct InstalledProgramTests {
  @Test func `the first folder that has the program wins, and only programs count`() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "rhz-programs-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    let folders = ["a", "b", "c", "d"].map { root.appending(path: $0).path }
    for folder in folders { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    #expect(InstalledProgram.path("curl", in: folders) == nil)
    // A folder and a text are no programs.
    try FileManager.default.createDirectory(atPath: folders[0] + "/curl", withIntermediateDirectories: true)
    _ = FileManager.default.createFile(
      atPath: folders[1] + "/curl",
      contents: nil,
      attributes: [.posixPermissions: 0o644]
    )
    for folder in folders[2...] {
      _ = FileManager.default.createFile(
        atPath: folder + "/curl",
        contents: nil,
        attributes: [.posixPermissions: 0o755]
      )
    }
    #expect(InstalledProgram.path("curl", in: folders) == folders[2] + "/curl")
  }

  @Test func `what every system has is found`() { #expect(InstalledProgram.path("sh")?.hasSuffix("/sh") == true) }
}

@Suite struct CurlCallTests {
  @Test func `nothing of it is an argument, and no value breaks out`() {
    let call = CurlCall([("url", "https://a.example/\"\\\nurl = b")], headers: ["X: token\r\nY: z"], flags: ["fail"])
    let program = call.program("/usr/bin/curl")
    #expect(program.arguments == ["--disable", "--config", "-"])
    let lines = String(decoding: program.input, as: UTF8.self).split(separator: "\n")
    #expect(
      lines == [
        #"url = "https://a.example/\"\\ url = b""#, #"header = "X: token  Y: z""#, "silent", "show-error", "globoff",
        "fail",
      ]
    )
  }
}
