/// Why the lab could not do something, with the output of the tool that failed.
package struct LabError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
