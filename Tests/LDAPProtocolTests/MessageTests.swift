import LDAPProtocol
import Testing

@Suite struct MessageTests {
  private static let long = [UInt8](repeating: 65, count: 70_000)
  private static let filter = LDAPFilter.and([
    .or([.equals("cn", "Ann"), .substrings(attribute: "sn", .init(initial: [65], any: [[66], [67]], final: [68]))]),
    .not(.present(attribute: "mail")), .greaterOrEqual(attribute: "uidNumber", value: [49]),
    .lessOrEqual(attribute: "uidNumber", value: [57]), .approximate(attribute: "cn", value: [65]),
    .extensible(.init(matchingRule: "2.5.13.2", attribute: "ou", value: [66], dnAttributes: true)),
  ])

  static let operations: [LDAPOperation] = [
    .bindRequest(.init(dn: "cn=a", authentication: .simple(password: [1, 2, 3]))),
    .bindRequest(.init(dn: "", authentication: .sasl(mechanism: "PLAIN", credentials: [0]))),
    .bindResponse(.init(.invalidCredentials, diagnosticMessage: "no")),
    .unbindRequest,
    .searchRequest(
      .init(
        base: "dc=example,dc=org",
        scope: .subtree,
        filter: filter,
        attributes: ["*", "+"],
        sizeLimit: 300,
        timeLimit: 70_000,
        typesOnly: true,
        aliasDereferencing: 3
      )
    ),
    .searchResultEntry(.init(dn: "cn=é", attributes: [.init("jpegPhoto", [long, []]), .init("cn", ["é"])])),
    .searchResultReference(["ldap://a/", "ldap://b/"]),
    .searchResultDone(.init(.noSuchObject, matchedDN: "dc=org")),
    .searchResultDone(.init(.referral, referral: ["ldap://c/"])),
    .modifyRequest(
      .init(
        dn: "cn=a",
        changes: [
          .init(.add, .init("sn", ["x"])), .init(.delete, .init("sn", [[UInt8]]())),
          .init(.replace, .init("a", ["1", "2"])),
        ]
      )
    ),
    .modifyResponse(.success),
    .addRequest(.init(dn: "cn=a", attributes: [.init("objectClass", ["top", "person"])])),
    .addResponse(.init(.entryAlreadyExists)),
    .deleteRequest(dn: "cn=a"),
    .deleteResponse(.init(.notAllowedOnNonLeaf)),
    .modifyDNRequest(.init(dn: "cn=a", newRDN: "cn=b", deleteOldRDN: true, newSuperior: "dc=org")),
    .modifyDNResponse(.success),
    .compareRequest(.init(dn: "cn=a", attribute: "sn", value: [65])),
    .compareResponse(.init(.compareTrue)),
    .abandonRequest(messageID: 128),
    .extendedRequest(.init(name: LDAPExtension.whoAmI)),
    .extendedRequest(.init(name: LDAPExtension.passwordModify, value: [0x30, 0])),
    .extendedResponse(.init(result: .success, name: "1.2.3", value: [1])),
    .intermediateResponse(name: "1.2", value: [2]),
  ]

  @Test(arguments: operations)
  func everyOperationSurvivesTheWire(operation: LDAPOperation) throws {
    let message = LDAPMessage(
      messageID: 2_147_483_647,
      operation,
      controls: [.init(type: "1.2.840.113556.1.4.319", isCritical: true, value: [0x30, 0]), .init(type: "1.2")]
    )
    #expect(try LDAPMessage(decoding: message.encoded()) == message)
  }

  @Test(arguments: [0, 127, 128, 255, 256, 32_767, 32_768, 2_147_483_647] as [Int32])
  func messageIDsKeepTheirValue(messageID: Int32) throws {
    let message = LDAPMessage(messageID: messageID, .unbindRequest)
    #expect(try LDAPMessage(decoding: message.encoded()).messageID == messageID)
  }

  @Test func passwordModifyRoundTrips() throws {
    let change = LDAPPasswordModify(userIdentity: "uid=ann", oldPassword: [1], newPassword: [2])
    #expect(try LDAPPasswordModify(decoding: change.encoded()) == change)
    #expect(try LDAPPasswordModify(decoding: [0x30, 0]) == LDAPPasswordModify())
    #expect(!"\(change)".contains("1"))
  }
}
