/// Ids of the attributes that the server itself reads and writes.
struct KnownAttributes: Sendable {
  let objectClass: Int
  let structuralObjectClass: Int
  let userPassword: Int
  let member: Int
  let memberOf: Int
  let entryDN: Int
  let entryUUID: Int
  let createTimestamp: Int
  let modifyTimestamp: Int
  let creatorsName: Int
  let modifiersName: Int
  let hasSubordinates: Int
  let subschemaSubentry: Int
  let pwdChangedTime: Int
  let attributeModifiersName: Int

  init(_ schema: DirectorySchema) throws(SchemaError) {
    func id(_ name: String) throws(SchemaError) -> Int {
      guard let type = schema.attributeType(name) else { throw SchemaError(definition: name, message: "is missing") }
      return type.id
    }
    objectClass = try id("objectClass")
    structuralObjectClass = try id("structuralObjectClass")
    userPassword = try id("userPassword")
    member = try id("member")
    memberOf = try id("memberOf")
    entryDN = try id("entryDN")
    entryUUID = try id("entryUUID")
    createTimestamp = try id("createTimestamp")
    modifyTimestamp = try id("modifyTimestamp")
    creatorsName = try id("creatorsName")
    modifiersName = try id("modifiersName")
    hasSubordinates = try id("hasSubordinates")
    subschemaSubentry = try id("subschemaSubentry")
    pwdChangedTime = try id("pwdChangedTime")
    attributeModifiersName = try id("attributeModifiersName")
  }

  /// Computed from other entries or from the name; never stored by a backend.
  var derived: Set<Int> { [memberOf, entryDN] }
}
