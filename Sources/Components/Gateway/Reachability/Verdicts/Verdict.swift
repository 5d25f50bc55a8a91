/// What is known of a public port or a home, for people: one word, what happened and what it means, what to do next.
package struct Verdict: Hashable, Sendable {
  /// In one word, for programs and tables.
  package enum Word: String, Hashable, Sendable, CaseIterable {
    /// The router forwards it; nobody has looked from outside.
    case mapped
    /// Somebody else holds the port on the router.
    case conflicting
    /// The router will not forward it.
    case refused
    /// No router was found.
    case noRouter
    /// A router is there, and lets nobody ask for ports.
    case upnpDisabled
    /// The router itself stands behind another router of the home.
    case doubleNAT
    /// The provider gives the home no public address of its own.
    case carrierNAT
    /// Set up, yet somebody who looked from outside could not connect.
    case unreachable
    /// Somebody outside connected, and the connection arrived here.
    case reachable
    /// The way is open, and nothing listens at its end.
    case notListening
    /// Could not look, or what was seen contradicts itself.
    case unknown
  }

  package let word: Word
  /// What happened, and what it means for the members. One or more whole sentences.
  package let sentence: String
  /// What to do next, in whole sentences; empty when there is nothing to do.
  package let advice: String

  package init(_ word: Word, _ sentence: String, advice: String = "") {
    (self.word, self.sentence, self.advice) = (word, sentence, advice)
  }

  /// The verdict on one public port.
  package init(_ facts: PortFacts) {
    let finding = Finding(facts)
    let text = EnglishCatalogue(subject: .port(facts.port), gateway: facts.gateway)
    self.init(finding.word, text.sentence(finding), advice: text.advice(finding))
  }

  /// The verdict on a home.
  package init(_ facts: HomeFacts) {
    let finding = Finding(facts)
    let text = EnglishCatalogue(subject: .home(facts.zone), gateway: facts.gateway)
    self.init(finding.word, text.sentence(finding), advice: text.advice(finding))
  }
}
