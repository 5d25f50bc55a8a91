import LDAPProtocol
import Testing

@Suite struct FilterTextTests {
  /// The examples of RFC 4515 4, and the corners around them.
  @Test(
    arguments: [
      ("(cn=Babs Jensen)", .equals("cn", "Babs Jensen")),
      ("(!(cn=Tim Howes))", .not(.equals("cn", "Tim Howes"))),
      (
        "(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))",
        .and([
          .equals("objectClass", "Person"),
          .or([.equals("sn", "Jensen"), .substrings(attribute: "cn", .init(initial: Array("Babs J".utf8)))]),
        ])
      ),
      (
        "(o=univ*of*mich*)",
        .substrings(
          attribute: "o",
          .init(initial: Array("univ".utf8), any: [Array("of".utf8), Array("mich".utf8)])
        )
      ),
      ("(seeAlso=)", .equality(attribute: "seeAlso", value: [])),
      (
        "(cn:caseExactMatch:=Fred Flintstone)",
        .extensible(.init(matchingRule: "caseExactMatch", attribute: "cn", value: Array("Fred Flintstone".utf8)))
      ),
      (
        "(cn:=Betty Rubble)",
        .extensible(.init(matchingRule: nil, attribute: "cn", value: Array("Betty Rubble".utf8)))
      ),
      (
        "(sn:dn:2.4.6.8.10:=Barney)",
        .extensible(
          .init(matchingRule: "2.4.6.8.10", attribute: "sn", value: Array("Barney".utf8), dnAttributes: true)
        )
      ),
      (
        "(o:dn:=Ace)",
        .extensible(.init(matchingRule: nil, attribute: "o", value: Array("Ace".utf8), dnAttributes: true))
      ),
      ("(:1.2.3:=W)", .extensible(.init(matchingRule: "1.2.3", attribute: nil, value: [87]))),
      ("(:dn:2.4:=D)", .extensible(.init(matchingRule: "2.4", attribute: nil, value: [68], dnAttributes: true))),
      ("(o=Parens R Us \\28for all\\29)", .equals("o", "Parens R Us (for all)")),
      ("(cn=*\\2A*)", .substrings(attribute: "cn", .init(any: [[0x2A]]))),
      ("(bin=\\00\\00\\00\\04)", .equality(attribute: "bin", value: [0, 0, 0, 4])),
      ("(sn=Lu\\c4\\8di\\c4\\87)", .equals("sn", "Lučić")),
      ("(a>=5)", .greaterOrEqual(attribute: "a", value: [53])),
      ("(a<=5)", .lessOrEqual(attribute: "a", value: [53])),
      ("(a~=5)", .approximate(attribute: "a", value: [53])),
      ("(a=*)", .present(attribute: "a")),
      ("(&)", .and([])),
      ("(|)", .or([])),
      ("uid=ann", .equals("uid", "ann")),
      ("(cn=*a)", .substrings(attribute: "cn", .init(final: [97]))),
    ] as [(String, LDAPFilter)]
  )
  func parsesAndPrints(text: String, filter: LDAPFilter) throws {
    #expect(try LDAPFilter(text) == filter)
    #expect(try LDAPFilter(filter.description) == filter)
  }

  @Test(arguments: [
    ("", 0), ("(", 1), ("()", 1), ("(cn)", 3), ("(cn=a", 5), ("(cn=a))", 6), ("(cn=\\2)", 4), ("(cn=(a))", 4),
    ("(!cn=a)", 2), ("(cn>a)", 4), ("(:=x)", 3), ("(a>=*)", 5), ("(=x)", 1), ("(a:b:c:=x)", 8),
  ])
  func saysWhereAFilterIsWrong(text: String, offset: Int) {
    let error = #expect(throws: LDAPFilterSyntaxError.self) { try LDAPFilter(text) }
    #expect(error?.offset == offset)
  }

  @Test func refusesDeepNesting() {
    let text = String(repeating: "(!", count: 1000) + "(a=b)" + String(repeating: ")", count: 1000)
    #expect(throws: LDAPFilterSyntaxError.self) { try LDAPFilter(text) }
  }
}
