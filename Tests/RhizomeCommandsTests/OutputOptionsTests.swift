import ArgumentParser
import RhizomeCommands
import Testing

@Suite struct OutputOptionsTests {
  @Test func `a verb offers the formats that it has`() {
    let help = Get.helpMessage(columns: 500)
    #expect(help.contains("values: table, wide, json, yaml, name;"))
    #expect(help.contains("default: table"))
  }

  @Test(arguments: ["markdown", "toml", ""])
  func `a verb refuses a format that it has not, and names those that it has`(format: String) throws {
    let error = #expect(throws: (any Error).self) { try Get.parse(["-o", format]) }
    let message = Get.message(for: try #require(error))
    #expect(message.contains("'table', 'wide', 'json', 'yaml' or 'name'"), "\(message)")
  }

  @Test(arguments: ResourceFormats.formats)
  func `a verb takes each format that it offers`(format: OutputFormat) throws {
    _ = try Get.parse(["-o", format.rawValue])
  }
}
