import DirectoryServer
import Testing

@Suite struct GeneralizedTimeTests {
  @Test(arguments: [
    (0, "19700101000000Z"), (951_782_400, "20000229000000Z"), (4_107_542_399, "21000228235959Z"),
    (1_795_361_645, "20261122153405Z"), (-1, "19691231235959Z"),
  ])
  func writesTimes(seconds: Int, text: String) {
    #expect(GeneralizedTime.text(secondsSinceEpoch: seconds) == text)
  }
}
