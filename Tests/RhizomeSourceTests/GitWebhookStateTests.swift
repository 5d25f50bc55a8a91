import RhizomeModel
import RhizomeSource
import Testing

@Suite struct GitWebhookStateTests {
  private static func at(_ minutes: Int64) -> Timestamp { Timestamp(milliseconds: minutes * 60_000) }

  @Test func `a port that is taken is told once, and again when that is over`() {
    var state = GitWebhookState(place: "0.0.0.0:3904")
    let news = state.failed("port 3904 is taken")
    #expect(news?.level == .warning && news?.reason == "GitWebhookDeaf")
    #expect(news?.message.contains("not heard at 0.0.0.0:3904: port 3904 is taken.") == true)
    #expect(state.failed("port 3904 is taken") == nil && state.failure == "port 3904 is taken" && !state.isListening)
    #expect(state.listens()?.reason == "GitWebhookListens")
    #expect(state.isListening && state.failure == nil && state.listens() == nil)
  }

  @Test func `a first start that listens is no news`() {
    var state = GitWebhookState(place: "0.0.0.0:3904")
    #expect(state.listens() == nil)
  }

  @Test func `wrong signatures are counted, and told once an hour, or anew after a right one`() {
    var state = GitWebhookState(place: "0.0.0.0:3904")
    #expect(state.refused(at: Self.at(0))?.reason == "GitWebhookRefused")
    #expect(state.refused(at: Self.at(59)) == nil)
    #expect(state.refused(at: Self.at(60)) != nil)
    #expect(state.refusedCount == 3 && state.refusedAt == Self.at(60))
    state.heard(at: Self.at(61))
    #expect(state.refusedCount == 0 && state.heardAt == Self.at(61))
    #expect(state.refused(at: Self.at(62)) != nil)
  }
}
